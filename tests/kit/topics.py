"""A few topics of a township, as a matcher sees entries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """What the matcher needs of an entry."""

    id: str
    phrases: tuple[str, ...]


TOPICS = (
    Topic("pension", ("养老金", "养老金怎么领", "退休金几时发", "老人每个月领多少钱")),
    Topic("medical", ("二次报销", "看病的钱怎么再报一次", "医保二次报销要什么材料")),
    Topic("hardship", ("困难补助", "家里困难怎么申请补助", "最低生活保障怎么申请")),
    Topic("house", ("农村建房", "宅基地怎么申请", "自己起屋要办什么手续")),
    Topic("card", ("社保卡补办", "社保卡丢了怎么办", "社保卡去哪里补")),
    Topic("residence", ("居住证", "居住证怎么办理", "外地人办居住证要带什么")),
    Topic("baby", ("新生儿上户口", "小孩出生怎么入户", "BB点样上户口")),
    Topic("lamp", ("路灯坏了", "路灯不亮找谁修", "村道路灯报修")),
    Topic("red", ("红色驿站", "红色驿站在哪里", "送外卖哪里可以歇脚喝水")),
    Topic("talent", ("人才驿站", "人才驿站在哪里", "人才驿站做什么的")),
    Topic("station", ("党群服务站", "党群驿站在哪里", "服务站几点开门")),
    Topic("join", ("入党申请", "怎么申请入党", "入党要什么条件")),
    Topic("dues", ("党费", "党费怎么交", "党费交多少")),
    Topic("volunteer", ("志愿服务报名", "怎么当志愿者", "想做义工去哪里报名")),
    Topic("library", ("农家书屋", "图书室几点开门", "村里哪里可以借书")),
)
