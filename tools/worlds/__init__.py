"""Writes the sandbox PIM's catalogues: three invented merchants, in the form of Akeneo's REST API.

`sources/*.toml` hold what a person writes, `drawings/*.svg` the pictures. From them
`python -m tools.worlds` writes `quart_passport/sandbox/worlds/<name>/api/*.json` and the PDF
documents beside them, and with `--pictures` also the JPEG and PNG files. The same sources give the
same JSON and the same documents.
"""
