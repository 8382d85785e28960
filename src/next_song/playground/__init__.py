"""A page to play with a model: search songs, build a playlist, see which songs may come next.

`backend` and `visitor` are what it does; `page`, `lists` and `server` are how it looks, in NiceGUI.
"""
