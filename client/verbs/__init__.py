"""The routes of the API as methods, a noun a file. `client.Client` has all of them."""
