"""Why an upload that can be read becomes no data set; its report is written before.

UploadError
├── BadFiles        some cannot be decoded, and the spec wants all
├── TooFewClasses   what is left is of fewer than two
├── NoTrainImages   nothing is left to train on
└── NoTestImages    nothing is left to test on
"""

from ingest.errors import UploadError


class BadFiles(UploadError):
    code = "bad_files"
    hint = "The report lists them: take them out or replace them, or set bad_files to skip."


class TooFewClasses(UploadError):
    code = "too_few_classes"
    hint = "The report says what was left out, and why. Send pictures of two classes at least."


class NoTrainImages(UploadError):
    code = "no_train_images"
    hint = "Send a training split, or pictures without any split."


class NoTestImages(UploadError):
    code = "no_test_images"
    hint = "Send more pictures of each class: two that differ at least, one to train and one to test on."
