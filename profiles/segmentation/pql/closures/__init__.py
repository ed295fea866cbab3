"""Functions of `Facts` made from typed nodes, one a node: the streaming back end of PQL."""
