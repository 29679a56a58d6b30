"""Peers of the miner, as a process that is asked one line at a time: see mining.ts.

A question is {"peer", "file", "support"} as JSON; the answer is {"itemsets", "ms"}. Reading the
file into Python's lists is not counted, and for pyfim neither is what a call takes at a support
that nothing reaches: that is the conversion of those lists.
"""

import json
import statistics
import sys
import time

loaded = {}


def rows_of(file):
    if file not in loaded:
        loaded.clear()
        with open(file) as lines:
            loaded[file] = [list(map(int, line.split())) for line in lines]
    return loaded[file]


def timed(call):
    began = time.perf_counter()
    result = call()
    return result, (time.perf_counter() - began) * 1000


conversions = {}


def pyfim(algorithm, rows, file, support):
    import fim

    mine = getattr(fim, algorithm)
    unreached = -len(rows) - 1
    # Anew each time, as the machine may be busier now; not where it takes longer than mining.
    if conversions.get((file, algorithm), 0) < 5000:
        convert = lambda: timed(lambda: mine(rows, supp=unreached, report="#"))[1]
        times = [convert()]
        if times[0] < 5000:
            times += [convert(), convert()]
        conversions[file, algorithm] = statistics.median(times)
    counts, ms = timed(lambda: mine(rows, supp=-support, report="#"))
    return sum(counts.values()), ms - conversions[file, algorithm]


def mlxtend(rows, support):
    import pandas
    from mlxtend.frequent_patterns import fpgrowth
    from mlxtend.preprocessing import TransactionEncoder

    encoder = TransactionEncoder()
    table = pandas.DataFrame(encoder.fit_transform(rows), columns=encoder.columns_)
    # Half a row less, so that no rounding leaves out what is exactly as frequent.
    share = (support - 0.5) / len(rows)
    found, ms = timed(lambda: fpgrowth(table, min_support=share))
    return len(found), ms


def efficient_apriori(rows, support):
    from efficient_apriori import itemsets_from_transactions

    share = (support - 0.5) / len(rows)
    # Its own default leaves out itemsets of nine and more.
    longest = max(map(len, rows))
    (found, _), ms = timed(
        lambda: itemsets_from_transactions(rows, min_support=share, max_length=longest)
    )
    return sum(len(of_length) for of_length in found.values()), ms


for line in sys.stdin:
    question = json.loads(line)
    rows = rows_of(question["file"])
    peer = question["peer"]
    if peer == "mlxtend":
        itemsets, ms = mlxtend(rows, question["support"])
    elif peer == "efficient-apriori":
        itemsets, ms = efficient_apriori(rows, question["support"])
    else:
        itemsets, ms = pyfim(peer, rows, question["file"], question["support"])
    print(json.dumps({"itemsets": itemsets, "ms": ms}), flush=True)
