"""A mailbox to which clients write: asked by IMAP."""
