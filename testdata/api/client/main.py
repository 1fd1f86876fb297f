"""Has the client that was generated from a document call every operation of it.

    main.py FAMILY DOCUMENT URL

FAMILY_exercise.py makes the calls; NETWEAVE_TOKEN is the caller's. It fails if an
answer is not what was wanted or not what the document says, or if an operation of
the document was not called.
"""

import importlib
import sys

from calls import Api, check


def main():
    family, document, url = sys.argv[1:]
    api = Api(family, document, url)
    importlib.import_module(family + "_exercise").exercise(api)
    missed = sorted(set(api.operations) - api.called)
    check(not missed, f"{family}_exercise.py does not call {', '.join(missed)}")
    check(api.called, f"{document} has no operation")
    print(f"{len(api.called)} operations")


if __name__ == "__main__":
    main()
