"""A page to play with a model: search songs, build a playlist, see which songs may come next.

`visitor`, `search_field` and `backend` are what it does; `page`, `lists` and `server` are how it
looks, in NiceGUI. `kept.js` keeps the playlist in the browser, `scores` says how scores are shown.
"""
