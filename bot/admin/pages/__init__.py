"""The pages of the console, an area a module: what each shows and takes, over the rules of ``bot.domain``."""
