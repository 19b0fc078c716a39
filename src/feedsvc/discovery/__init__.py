"""What programs look for by themselves: values in, bytes out."""
