"""A BERT to train while one watches: model, training, the live curve."""
