"""Everything that is derived from the operators' classes: ``python -m webnpu.generate [--check]``.

Each module makes one product: `stubs` the builder's type stubs, `json_schema` the schemas of our documents,
`webidl` the interface of WebNN, `typescript` the tables of the polyfill, `pages` the pages of the specification.
"""
