"""The grammar: what turns tokens into the tree, one construct of Groovy a module.

Each module is a layer of one recursive-descent parser and inherits the layer below it:
cursor, types, literals, primaries, calls, operators, declarations, loops, control, script.
"""
