"""Push (WebSub, W3C Recommendation of 2018): our feeds' own hub, from the asking to the delivery."""
