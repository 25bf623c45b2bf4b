"""Broadcasts: an audience in plain words, a message that is looked at before it goes, a ledger of what became of it.

Chat and console use the same functions::

    understanding.read   words → Audience (plain data)          looking.look     who that is, before anything is written
    composing.compose    a draft                                composing.change, composing.show_me
    deciding.submit      to be sent, now or later               deciding.approve, deciding.send_back
    running.pause        running.resume, running.recall, running.go_ahead
    reopening.requeue    rows an operator lets be sent once more
    progress.progress    how it stands, at once                 missed.missed    who did not get it, and why
"""
