"""Check sealed audit reports without the software that made them:
    python verify_audit.py report.json or pack.zip [another ...] [--key key.pem]
Needs Python 3.11 and `cryptography`. Of a pack, or beside a report, it reads sealed.json (proof that the seal is in the log) and pictures/.
Exit 0: untouched; 1: altered, and why; 2: could not be checked."""
import argparse, base64, collections, datetime, fractions, hashlib, itertools, json, pathlib, sys, zipfile
try: from cryptography.hazmat.primitives import serialization as pem
except ImportError: sys.exit(print("Install it first: python -m pip install cryptography") or 2)
def check(is_so, code, reason): is_so or sys.exit(print(f"ALTERED: {code}: {reason}", file=sys.stderr) or 1)
def canonical(value):  # RFC 8785, for what a report holds
    if isinstance(value, dict): return "{" + ",".join(canonical(n) + ":" + canonical(value[n]) for n in sorted(value, key=lambda n: n.encode("utf-16-be"))) + "}"
    if isinstance(value, list): return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(int(value) if isinstance(value, float) and value == int(value) else value, ensure_ascii=False)
sha, pack = lambda data: hashlib.sha256(data).hexdigest(), lambda item: canonical({k: v for k, v in item.items() if k != "digest"}).encode()
leaf, node = lambda item: hashlib.sha256(b"\x00" + pack(item)).digest(), lambda left, right: hashlib.sha256(b"\x01" + left + right).digest()
moment, made = lambda text: text and datetime.datetime.fromisoformat(text), lambda at, came: came if 0 < (at - came).total_seconds() <= 86400 else at  # no scan is newer than its arrival
root = lambda leaves: node(root(leaves[:k]), root(leaves[k:])) if (k := 1 << max(len(leaves) - 1, 0).bit_length() >> 1) else leaves[0] if leaves else hashlib.sha256(b"").digest()  # RFC 9162, 2.1.1
def read(path):
    once = lambda pairs: check(len(dict(pairs)) == len(pairs), "json", "a name is used twice in one object") or dict(pairs)
    rules = {"parse_int": lambda digits: check(abs(int(digits)) < 2**53, "json", "a number is beyond 2^53") or int(digits), "parse_constant": lambda word: check(False, "json", f"{word} is not a number")}
    try: return json.loads(path.read_bytes().decode(), object_pairs_hook=once, **rules)
    except (OSError, KeyError): sys.exit(print(f"{path} cannot be read") or 2)
    except ValueError as error: check(False, "json", error)
def name_altered(report):  # the parts and items that do not have the hashes that were sealed
    parts, named = report.get("parts", {}), []
    for part in sorted({*report, *parts} - {"parts"}):
        if part not in report or part not in parts: named.append(f"{part} ({'added' if part in report else 'removed'})")
        elif sha(canonical(report[part]).encode()) != parts[part]:
            rows = report[part].get("items") if isinstance(report[part], dict) else report[part] if isinstance(report[part], list) else ()
            rows = [row for row in rows or () if isinstance(row, dict) and "digest" in row]
            names = [next(str(r[k]) for k in ("scan_id", "asset_tag", "code", "name", "id", "actor") if r.get(k)) for r in rows if sha(pack(r))[:16] != r["digest"]]
            named += [f"{part} ({name})" for name in names or ["one added, taken away or moved"]] if rows else [part]
    return ", ".join(named)
def verifies(key, signature, text):
    try: return key.verify(signature, text) is None
    except Exception: return False
def check_seal(report, given):
    seal, body, key = (seal := report.pop("seal", {})), canonical(report).encode(), pem.load_pem_public_key(seal["public_key"].encode())
    sha(body) == seal["sha256"] or check(False, "content", name_altered(report)), check(given in (None, key), "key", "it was sealed with another key than the one given")
    check(sha(key.public_bytes(pem.Encoding.DER, pem.PublicFormat.SubjectPublicKeyInfo))[:16] == seal["key_id"], "key_id", "the key in the seal does not have the id that the seal names")
    check(verifies(key, base64.b64decode(seal["signature"]), body), "signature", "it does not belong to this content"); return seal["sha256"], key
def check_population(report):  # the findings expect what was frozen, or what of it was drawn; before counting started, nothing
    frozen, draws, acts = report["population"], report.get("sample", {"draws": []})["draws"], report["acts"]["items"]
    shown = [a["about"].get("next_nonce_sha256") or a["about"].get("nonce_sha256") for a in acts if a["kind"] in ("frozen", "drawn")]
    check(sha(canonical(frozen["items"]).encode()) == frozen["sha256"] and len(frozen["items"]) == frozen["count"], "population", "its SHA-256 is another")
    for draw, nonce in itertools.zip_longest(draws, shown[:len(draws)]): check_draw(draw, nonce, frozen, report["sample"]["plan"].get("floor"))
    due = [one["asset_tag"] for draw in draws[-1:] for one in draw["members"]] or [row[0] for row in frozen["items"]]
    check(sorted(due if any(a["kind"] == "counting_started" for a in acts) else []) == sorted(f["asset_tag"] for f in report["findings"] if f["expected"]), "population", "the findings expect other assets")
def check_draw(draw, nonce, frozen, floor):  # by value, or by count; all ranks follow from the frozen list and the seed
    name, rank = f"draw {draw['number']}", lambda word: sha(f"{draw['seed']}\n{frozen['sha256']}\n{word}".encode())
    check(sha(bytes.fromhex(draw["nonce"])) == draw["nonce_sha256"] == nonce, name, "its secret number does not have the hash that was shown before"), check(draw["seed"] == ".".join(filter(None, (draw["typed"], draw["nonce"]))), name, "its seed is not what was typed and the secret number")
    points, worth = draw["by_value"] or 0, {row[0]: row[4] or 0 if draw["by_value"] and row[5] == (draw["currency"] or "") else 0 for row in frozen["items"]}
    order, part = sorted(worth, key=lambda tag: (rank(tag), tag)), dict(zip(worth, frozen.get("strata") or [""] * len(worth))); rest, plain, left = [tag for tag in order if worth[tag]], [tag for tag in order if not worth[tag]], sum(worth.values())
    sizes = {"": max(2, -(-points * len(plain) // len(rest)) if rest else points)} if points else draw["strata"]
    drawn = {tag: "sample" for stratum, size in sizes.items() for tag in [tag for tag in plain if points or part[tag] == stratum][:size]}
    while more := {tag: "certainty" for tag in rest if worth[tag] * points >= left}: points, rest, left, drawn = points - len(more), [tag for tag in rest if tag not in more], left - sum(map(worth.get, more)), drawn | more  # worth an interval or more
    start, points, listed = int(rank("start"), 16) % (left or 1), min(points, len(rest)), {one["asset_tag"]: one["drawn_as"] for one in draw["members"]}
    hits = [-(-(value * points - start) // (left or 1)) for value in itertools.accumulate(map(worth.get, rest), initial=0)]  # how many points lie below each running sum
    drawn |= {tag: "sample" for tag, below, above in zip(rest, hits, hits[1:]) if below < above}
    check(drawn == listed, name, "{} belongs, {} does not".format(*(min((tag for tag, how in one.items() if other.get(tag) != how), default="nothing") for one, other in ((drawn, listed), (listed, drawn)))))
    codes = sorted({row[1] for row in frozen["items"]} - {""}, key=lambda code: (rank(f"place {code}"), code))[: floor["places"] if floor else 0]
    check([(one["location"], one["first"]) for one in draw["floor"]] == [(code, int(rank(f"floor {code}"), 16) % floor["every"] + 1) for code in codes], name, "its places on the floor are others")
def check_scans(report):
    for part in [part for part in ("scans", "acts", "outside_scans") if part in report]: check(root([*map(leaf, report[part]["items"])]).hex() == report[part]["root"], part.removeprefix("outside_"), "the root is another")
    scans, place = report["scans"]["items"], {s["scan_id"]: (at, s["leaf"]["actor"]) for at, s in enumerate(report["scans"]["items"])}; check(len(place) == len(scans), "scans", "one id is there twice")
    undone = {one["voids"] for at, one in enumerate(s["leaf"] for s in scans) if one["voids"] in place and one["refusal"] is None and (place[one["voids"]][0] < at or place[one["voids"]][1] == one["actor"])}
    said = {a["about"]["code"]: a["about"]["asset"] if a["kind"] == "matched" else None for a in report["acts"]["items"] if a["kind"] in ("matched", "unmatched")}; tags = {name: m["asset_tag"] for m in report.get("matches", ()) for name in m["scan_ids"] if said.get(m["code"]) == m["asset"]}
    taken, holds, spans = {n for a in report["acts"]["items"] if a["kind"] == "late_taken" and a["about"].get("admitted") for n in a["about"]["scan_ids"]}, report["policy"].get("late_scans") == "hold", [[*map(moment, span)] for span in report["audit"]["counting_spans"]]
    in_time = lambda one: one["refusal"] != "audit_not_counting" and (not holds or any(a <= moment(one["recorded_at"]) and (b is None or moment(one["recorded_at"]) <= b) for a, b in spans)); alone, since, proof = {f["asset_tag"] for f in report["findings"] if f["expected"] and not f["scan_ids"]}, moment(f"{day}T00:00:00+00:00" if (day := report["policy"].get("presence_since")) else report["audit"]["counting_started_at"]), {"held": ("camera", "photo", "wedge", "nfc"), "heard": ("camera", "photo", "wedge", "nfc", "rfid")}.get(report["policy"].get("least_evidence"))
    for s, one in ((s, s["leaf"]) for s in scans):  # a label that means nothing is of no asset, unless somebody matched it
        may = s["scan_id"] not in undone and one["intent"] not in ("void", "lookup") and not one.get("is_faint") and (s["scan_id"] in taken or in_time(one)) and (proof is None or one["source"] in proof)
        check(may or s["counts"] is not True, "scans", f"{s['scan_id']} counts and may not"), check(one["asset"] is not None or s["asset_tag"] == tags.get(s["scan_id"]), "scans", f"{s['scan_id']} is of an asset that nobody named")
    for s, one in ((s, s["leaf"]) for s in report.get("outside_scans", {"items": []})["items"]): check(report["policy"].get("presence") == "any_confirmed_scan" and one["intent"] != "void" and not one.get("is_faint") and one["audit"] != report["audit"]["id"] and one["refusal"] in (None, "already_checked_out", "already_in_maintenance", "asset_in_maintenance", "asset_retired", "due_required", "not_checked_out", "not_in_maintenance", "not_later", "same_custodian") and moment(one["effective_at"]) >= since and (proof is None or one["source"] in proof) and s["asset_tag"] in alone, "scans", f"{s['scan_id']} counts and may not")
    return {s["scan_id"]: (made(moment(s["leaf"]["effective_at"]), moment(s["leaf"]["recorded_at"])), at, s) for at, s in enumerate(scans) if s["counts"] is True}
def check_findings(report, counting):
    findings, places, depth = report["findings"], report["places"], report["policy"]["place_depth"]
    above, used, outside = lambda code: [] if code is None else [code, *above(places[code]["in"])], collections.Counter(name for f in findings for name in f["scan_ids"]), {o["asset_tag"]: (moment(o["leaf"]["effective_at"]), -1, o) for o in report.get("outside_scans", {"items": []})["items"]}
    for f in findings:
        own = sorted((counting[n] for n in f["scan_ids"] if n in counting and used[n] == 1), key=lambda one: one[:2]) or [outside[f["asset_tag"]] for _ in "x" if f["asset_tag"] in outside and f["expected"] and not f["scan_ids"]]
        outer, seen = next((code for code in above(f["recorded_location"]) if places[code]["kind"] == depth), f["recorded_location"]), own[-1][2]["location"] if own else None
        placed = [(one[0], one[2]["location"]) for one in own if one[2]["location"]] if "two_places" in f["flags"] else []
        at_once = [code for at, code in placed if (placed[-1][0] - at).total_seconds() <= 1] or [seen]  # no clock orders these
        state = "misplaced" if seen is not None and any(outer not in above(code) for code in at_once) else "verified"
        state = "missing" if not own else "unregistered" if f["asset_tag"] is None else state if f["expected"] else "unexpected"
        check(f["state"] == state and (f["asset_tag"] is None or ("no_place" in f["flags"]) == (bool(own) and seen is None)) and sum(o[1] >= 0 for o in own) == len(f["scan_ids"]) and all(o[2]["asset_tag"] == f["asset_tag"] for o in own), "findings", f"{f['asset_tag'] or f['code']} does not follow from its scans")
    check(set(used) == set(counting), "findings", "a scan counts and is in no finding")
def check_decisions(report):  # and who closed, and what people stated and signed
    acts, stated, policy = report["acts"]["items"], report["statements"], report["policy"]; newest = {n: act for act in acts if act["kind"] in ("decided", "decision_reopened") for n in act["findings"]}
    for f in report["findings"]:
        check(f["decision"] != "reject" or f["reason"], "decisions", "a rejection without reason")
        act = newest.get(f["id"], {"kind": "adopted" if any(a["about"].get("adopted") for a in acts) else ""})
        said = (act["about"]["decision"], act["text"], act["actor_name"], moment(act["at"])) if act["kind"] == "decided" else (None,) * 4
        check(act["kind"] == "adopted" or said == (f["decision"], f["reason"], f["decided_by"], moment(f["decided_at"])), "decisions", f"{f['asset_tag'] or f['code']} is not what its acts say")
    who = lambda *kinds: [a["person_key"] for a in acts if a["kind"] in kinds]; closed = {[None, *who("closed")][-1]} if report["audit"]["state"] == "closed" else set()
    counted = {None, *(one["person"] for one in report["counted_by"]), *who("place_counted", "place_signed_off", "holding_answered")}
    check(policy["approver"] == "anyone" or not closed & counted, "decisions", "the approver counted"), check(policy["approver"] != "not_a_counter_nor_decider" or not closed & {*who("decided", "matched", "unmatched", "holding_decided")}, "decisions", "the approver decided")
    said, own = [a for a in acts if a["kind"] == "statement"], [a for a in acts if a["kind"] == "statement" and a["about"].get("as") == "approver"]
    for a, s in check(len(said) == len(stated), "decisions", "a statement is missing") or zip(said, stated):
        check([a[n] for n in ("at", "actor_name", "person_key", "text")] == [s[n] for n in ("at", "name", "person", "text")], "decisions", f"the statement of {s['name']} is not what its act says")
        check(a["about"].get("signature") == (sha(canonical(s["signature"]).encode()) if s.get("signature") is not None else None), "decisions", f"the signature of {s['name']} is another")
    check(not closed or policy.get("statements") != "typed" or any(a["text"] for a in own), "decisions", "the approver stated nothing"), check(not closed or policy.get("drawn_signature") != "yes" or any("signature" in a["about"] for a in own), "decisions", "the approver did not sign")
    ruled, rules = [(a, a["about"]["rule"]) for a in acts if a["kind"] == "decided" and a["about"].get("rule")], {}
    for a, rule in ruled: rules.setdefault((rule["name"], rule["version"]), {**rule, "taken": set()})["taken"].update(a["findings"])
    check([*map(pack, report.get("suggestion_rules", []))] == [pack({**rules[one], "taken": sorted(rules[one]["taken"])}) for one in sorted(rules)], "decisions", "a rule is not what the acts say of it")
    for a, rule in ruled: check(rule["suggest"] == a["about"]["decision"], "decisions", f"rule {rule['name']} v{rule['version']} suggests another")
def check_second_counts(report):  # the locations that are counted twice follow from the frozen list and the policy
    rule, values, asked = report["policy"].get("second_count"), collections.defaultdict(collections.Counter), report.get("second_counts", {}).get("asked", [])
    if rule in (None, "", "none") or report["audit"]["state"] not in ("reconciling", "closed"): return
    for f in (f for f in report["findings"] if f["expected"] and f["recorded_location"]): values[f["recorded_location"]][f["currency"] or ""] += f["value_cents"] or 0
    seed, line = "".join(draw["seed"] for draw in report.get("sample", {"draws": []})["draws"][-1:]), rule.get("value_from")
    chosen = {code: "value" for code, sums in values.items() if line is not None and max(sums.values()) >= fractions.Fraction(line) * 100}
    others = sorted({*values} - {*chosen}, key=lambda code: (sha(f"{seed}\n{report['population']['sha256']}\nsecond {code}".encode()), code))
    chosen |= dict.fromkeys(others[: max(1, -(-len(others) * rule["random_percent"] // 100)) if rule["random_percent"] else 0], "random")
    shown, rounds = {one["code"]: one["why"] for one in asked if one["why"] != "missing_value"}, {one["code"]: one["rounds"] for one in report["rounds"]}
    wrong = [f"{code} does not follow from the policy" for code in sorted({*shown, *chosen}) if shown.get(code) != chosen.get(code)]
    check(not wrong, "rounds", "".join(wrong[:1])), [check(rounds.get(one["code"], 0) >= 2, "rounds", f"{one['code']} was not counted twice") for one in asked]
def check_holdings(report):  # what has no label: each follows from its newest answer and the decision after it
    part, acts, utc = report.get("holdings"), report["acts"]["items"], lambda at: at and at.replace("+00:00", "Z"); rows = sorted(([one["kind"], one["code"], one["location"] or "", one["custodian"] or "", one["frozen_quantity"]] for one in part["items"]), key=lambda row: row[:3]) if part else []
    check([a["about"]["holdings"] for a in acts if a["kind"] == "frozen" and "holdings" in a["about"]] == ([{"count": len(rows), "sha256": sha(canonical(rows).encode())}] if part else []) and (not part or (part["count"], part["sha256"]) == (len(rows), sha(canonical(rows).encode()))), "holdings", "its SHA-256 is another")
    for one in part["items"] if part else ():
        said, done = {"about": dict.fromkeys(("holds", "quantity", "recorded")), "actor_name": None, "at": None, "text": None}, None
        for a in acts: said, done = (a, None) if a["kind"] == "holding_answered" and a["about"]["holding"] == one["id"] else (said, a) if a["kind"] == "holding_decided" and one["id"] in a["about"]["holdings"] else (said, done)
        holds, count, books = (said["about"][name] for name in ("holds", "quantity", "recorded")); follows = ("open", [], None) if holds is None else ("denied", ["denied"], "retire") if not holds else ("verified", ["count_differs"], "adjust") if count is not None and count != books else ("verified", [], None)
        check(((one["state"], one["flags"], one["proposal"]), one["holds"], one["counted"], one["recorded"], one["answered_by"], utc(one["answered_at"]), one["note"]) == (follows, holds, count, books, said["actor_name"], utc(said["at"]), said["text"]), "holdings", f"{one['code']} does not follow from its answers")
        check((one["decision"], one["reason"], one["decided_by"], utc(one["decided_at"])) == ((done["about"]["decision"], done["text"], done["actor_name"], utc(done["at"])) if done else (None,) * 4) and (one["decision"] != "reject" or one["reason"]), "holdings", f"{one['code']} is not decided as its acts say")
    pairs = [(one["counted"], one["recorded"]) for one in (part["items"] if part else ()) if None not in (one["counted"], one["recorded"])]; whole = sum(books for _, books in pairs); check(not part or (part["figure"]["part"], part["figure"]["whole"]) == (max(0, whole - sum(abs(count - books) for count, books in pairs)), whole), "holdings", "count_accuracy")
def check_figures(report):
    of = lambda *states: [f for f in report["findings"] if f["state"] in states]
    seen, labels = of("verified", "misplaced", "unexpected"), [f for f in of("unregistered") if f["decision"] != "foreign"]
    found = {"existence": of("verified", "misplaced"), "location_accuracy": [f for f in of("verified") if "no_place" not in f["flags"]], "register_completeness": seen}
    for name, money, one in ((one["name"].removesuffix("_by_value"), one["currency"], one) for one in report["figures"]):
        part, whole = (len(rows) if money is None else sum(f["value_cents"] or 0 for f in rows if (f["currency"] or "") == money) for rows in (found[name], seen + labels if name[0] == "r" else of("verified", "misplaced", "missing")))
        check((one["part"], one["whole"]) == (part, whole) and (money is not None or report["accuracy"][name] == (float(round(fractions.Fraction(part, whole), 6)) if whole else None)), "figures", one["name"])
def check_log(report, digest, key, folder):
    notes, path = [*report["checkpoints"].values()], folder / "sealed.json"
    if path.exists():
        proof = read(path)
        check(proof["leaf"]["about"]["sha256"] == digest, "log", "sealed act's sha256 is another"); at, last, found = proof["index"], proof["size"] - 1, leaf(proof["leaf"])
        for other in map(bytes.fromhex, proof["proof"]):  # RFC 9162, 2.1.3.2
            found, at, last = node(other, found) if at & 1 or at == last else node(found, other), *(n >> ((at & -at).bit_length() if at and at == last else 1) for n in (at, last))  # past all levels without a right neighbour
        check(proof["checkpoint"].split("\n")[1:3] == [str(proof["size"]), base64.b64encode(found).decode()], "log", "the seal is not in the log"), notes.append(proof["checkpoint"])
    for body, _, signed in (note.partition("\n\n") for note in notes): check(verifies(key, base64.b64decode(signed.split(" ")[-1])[4:], f"{body}\n".encode()), "log", "a checkpoint is not signed with this key")
    for digest, file in ((one["sha256"], folder / "pictures" / f"{one['sha256']}.jpg") for one in report["pictures"]): check(sha(file.read_bytes()) == digest if file.exists() else not print(f"picture {digest}: not here"), "pictures", digest)
words, links, load = argparse.ArgumentParser(description=__doc__), [], lambda name: pem.load_pem_public_key(pathlib.Path(name).read_bytes())
asked = [words.add_argument("report", nargs="+", type=pathlib.Path), words.add_argument("--key", type=load), words.parse_args()][-1]
for path in asked.report:
    path = zipfile.Path(path) / "report.json" if zipfile.is_zipfile(path) else path / "report.json" if path.is_dir() else path
    report = read(path); report.get("format") == "scanner-app audit report 2" or sys.exit(print(f"{path} is not a report of format 2") or 2); digest, key = check_seal(report, asked.key)
    check_population(report), check_findings(report, check_scans(report)), check_decisions(report), check_second_counts(report), check_holdings(report), check_figures(report), check_log(report, digest, key, path.parent), links.append((report["number"], digest, report["previous"]))
for before, after in zip(sorted(links), sorted(links)[1:]): check(after[0] == before[0] + 1, "chain", f"number {before[0] + 1} is missing"), check(after[2]["sha256"] == before[1], "chain", f"number {after[0]} names another predecessor")
print(f"Untouched: {', '.join(str(link[0]) for link in links)}." + ("" if asked.key else " Give --key to be sure who sealed it."))
