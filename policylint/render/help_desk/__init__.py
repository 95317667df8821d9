"""One static page that says of every mailbox what `why` says."""
