"""Policy files in canonical form: order of keys, quotes, indentation; comments and meaning are kept."""
