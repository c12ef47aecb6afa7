"""Measurements that anyone can repeat, beside those of what people use today: `make bench`."""
