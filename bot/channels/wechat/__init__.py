"""The channel of a WeChat service account.

WeChat hands over what people say with a request and takes the reply as its answer, within five seconds and after three
tries at most; whatever else is to be said goes by its API, where every way of speaking has its own rights and quotas.
"""

PATH = "/wechat"
"""Where WeChat calls."""
