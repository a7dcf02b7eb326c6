"""Jenkinsfiles: bytes into tokens, tokens into a tree, the tree into a pipeline.

source.py    text and positions          lexer.py   tokens and comments
tree/        what a file can say         grammar/   tokens into the tree
declarative* the rules of Jenkins        read*      the tree into the model
"""
