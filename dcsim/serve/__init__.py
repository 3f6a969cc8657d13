"""Serves pages to a browser on this machine. Starlette and uvicorn come with the extra ``explore``."""
