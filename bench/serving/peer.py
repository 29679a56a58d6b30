"""A recommender as it is often written: Flask, and rules in a dictionary, best confidence wins.

RULES names a CSV of `segue rules --csv`. Run it with gunicorn: `gunicorn peer:app`.
"""

import csv
import os

from flask import Flask, jsonify, request

rules = {}
with open(os.environ["RULES"], encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        antecedent = row["antecedent"].rpartition(" - ")[0]
        consequent = row["consequent"].rpartition(" - ")[0]
        rules.setdefault(antecedent, []).append((consequent, float(row["confidence"])))

app = Flask(__name__)


@app.post("/api/recommend")
def recommend():
    asked = request.get_json()
    songs = asked["songs"]
    scores = {}
    for song in songs:
        for other, confidence in rules.get(song, ()):
            if other not in songs and confidence > scores.get(other, 0):
                scores[other] = confidence
    best = sorted(scores, key=scores.get, reverse=True)[: asked.get("limit", 20)]
    return jsonify(songs=best, version="1", model_date="2026-01-01T00:00:00.000Z")
