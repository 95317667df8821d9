"""The language server: the open documents of an editor over the files on disk, and the protocol."""
