"""The HTML pages: values in, markup out, through the templates; and the files that they are shown with."""
