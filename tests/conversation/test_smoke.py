from datetime import timedelta
from bot.domain import entries, units, access
from content.loader import load_entries
from db.models import UnitKind, Role, Unit
from tests.kit.talk import World


def test_smoke(world: World) -> None:
    def seed(db):
        entries.import_pack(db, load_entries(), now=world.clock.now())
        top = units.add(db, "石湾镇街道", UnitKind.COMMITTEE)
        v = units.add(db, "番村", UnitKind.VILLAGE, top)
        sec = world.person("sec").record(db)
        sec.unit_id = v.id
        access.grant(db, sec, Role.SECRETARY, v)
    world.run(seed)
    li = world.person("li")
    sec = world.person("sec")
    for t in ["菜单", "睇病啲錢點樣報返", "1", "番村", "帮助", "1", "取消"]:
        h = li.says(t)
        print(t, "=>", h, "\n", h.text, h.labels)
    for h in sec.hears():
        print("SEC", h, h.text, h.labels)
    for t in ["1", "可以，提前7天登记", "1"]:
        h = sec.says(t); print(t, "=>", h, h.text, h.labels)
    for h in li.hears():
        print("LI", h, h.text, h.labels)
    print(li.says("1"))
    world.clock.turn(timedelta(days=3))
    assert sec.hears() == []
