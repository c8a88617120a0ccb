"""Writes the sandbox PIM's catalogues: three invented merchants, in the form of Akeneo's REST API.

`sources/*.toml` hold what a person writes, `drawings/*.svg` the pictures. From them
`python -m tools.worlds` writes `quart_passport/sandbox/worlds/<name>/api/*.json`, and with
`--pictures` also the JPEG and PNG files beside them. The same sources give the same JSON.
"""
