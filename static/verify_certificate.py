"""Check sealed certificates of disposal without the software that made them:
    python verify_certificate.py certificate.json [another.json ...] [--key key.pem]
Needs Python 3.11 and `cryptography`. Papers of the recipient are checked too if they lie beside the certificate.
Exit 0: untouched; 1: altered, and why; 2: could not be checked."""
import argparse, base64, hashlib, json, pathlib, sys
try: from cryptography.hazmat.primitives import serialization as pem
except ImportError: sys.exit(print("Install it first: python -m pip install cryptography") or 2)
LEVELS = ["none", "clear", "purge", "destroy"]
class Altered(Exception): pass
def check(is_so, code, reason):
    if not is_so: raise Altered(f"{code}: {reason}")
def canonical(value):  # RFC 8785, for what a certificate holds
    if isinstance(value, dict): return "{" + ",".join(canonical(n) + ":" + canonical(value[n]) for n in sorted(value, key=lambda n: n.encode("utf-16-be"))) + "}"
    if isinstance(value, list): return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
sha = lambda data: hashlib.sha256(data).hexdigest()
bare = lambda item, *more: {k: v for k, v in item.items() if k not in ("digest", *more)}
leaf, node = lambda item: hashlib.sha256(b"\x00" + canonical(bare(item)).encode()).digest(), lambda left, right: hashlib.sha256(b"\x01" + left + right).digest()
def root(leaves):  # RFC 9162, 2.1.1
    k = 1 << max(len(leaves) - 1, 0).bit_length() >> 1
    return node(root(leaves[:k]), root(leaves[k:])) if k else leaves[0] if leaves else hashlib.sha256(b"").digest()
def read(path):
    def once(pairs): return check(len(dict(pairs)) == len(pairs), "json", "a name is used twice in one object") or dict(pairs)
    def whole(word): check(False, "json", f"{word} is not a whole number")
    try: return json.loads(path.read_text("utf-8"), object_pairs_hook=once, parse_float=whole, parse_constant=whole)
    except ValueError as error: check(False, "json", error)
def name_altered(report):  # the parts and items that do not have the hashes that were sealed
    parts, named = report.get("parts", {}), []
    for part in sorted({*report, *parts} - {"parts"}):
        if part not in report or part not in parts: named.append(f"{part} ({'added' if part in report else 'removed'})")
        elif sha(canonical(report[part]).encode()) != parts[part]:
            rows = report[part].get("items") if isinstance(report[part], dict) else report[part]
            rows = [row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict) and "digest" in row]
            names = [next((str(r[k]) for k in ("scan_id", "asset_tag", "code", "name", "id", "actor") if r.get(k)), "?") for r in rows if sha(canonical(bare(r)).encode())[:16] != r["digest"]]
            named += [f"{part} ({name})" for name in names or ["one added, taken away or moved"]] if rows else [part]
    return ", ".join(named) or "parts"
def check_seal(report, given):
    seal = report.pop("seal", None)
    check(isinstance(seal, dict) and set(seal) == {"canonical_form", "sha256", "algorithm", "signature", "key_id", "public_key"}, "seal", "its parts are not those of a seal")
    check((seal["canonical_form"], seal["algorithm"]) == ("RFC 8785", "Ed25519"), "seal", "it names another form or algorithm")
    body = canonical(report).encode()
    if sha(body) != seal["sha256"]: check(False, "content", name_altered(report))
    try: key, signature = pem.load_pem_public_key(seal["public_key"].encode()), base64.b64decode(seal["signature"], validate=True)
    except Exception: check(False, "seal", "its key or signature cannot be read")
    check(key.public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo).decode() == seal["public_key"] and base64.b64encode(signature).decode() == seal["signature"], "seal", "it holds more than a key and a signature")
    check(given in (None, key), "key", "it was sealed with another key than the one given")
    check(sha(key.public_bytes(pem.Encoding.DER, pem.PublicFormat.SubjectPublicKeyInfo))[:16] == seal["key_id"], "key_id", "the key does not have the id that the seal names")
    try: key.verify(signature, body)
    except Exception: check(False, "signature", "it does not belong to this content")
def check_loss(report):  # what is written off was missing in two audits; another person signed, and said why
    people = {one["did"]: one for one in report["people"]}
    for item in report["items"]:
        tag, seals = item["asset_tag"], {one["seal"] for one in item["missing_in"]}
        check(item["sanitized"] is False and len(seals) >= 2, "items", f"{tag} was not missing in two audits")
        check(item["listed_person"] not in (people["signed"]["person"], people["closed"]["person"]), "people", "who listed also signed or closed")
        check(people["signed"].get("waiver") or not any(one["is_sensitive"] for one in item["data_held"]), "people", f"nobody says why the data of {tag} may be lost")
    check(people["signed"].get("statement") and people["closed"].get("statement"), "people", "nobody states why it is written off")
def check_items(report):  # each medium reached what was needed, by three people
    if (report["consignment"] or {}).get("method") == "write_off": return check_loss(report)
    for item in report["items"]:
        tag, tries = item["asset_tag"], item["sanitizations"]
        check(tries, "items", f"{tag} was never erased")
        for one in tries:
            check(one["validation"] == "accepted" and one["result"] == "pass", "items", f"a medium of {tag} is not accepted")
            check(len({one["performed_person"], one["verified_person"], one["validated_person"]}) == 3, "items", f"one person did two steps of {tag}")
        reached = {one["serial"]: LEVELS.index(one["reached"]) for one in tries if one["medium"] != "no_medium"}
        check(all(level >= LEVELS.index(item["needed"]) for level in reached.values()), "items", f"{tag} needs {item['needed']}")
def check_rest(report, folder):
    before = None
    for number, step in enumerate(report["chain"], start=1):
        check(step["position"] == number and step["previous_sha256"] == before, "chain", f"step {number} does not follow the one before it")
        check(sha(canonical(bare(step, "sha256", "name")).encode()) == step["sha256"], "chain", f"step {number} has another hash")
        before = step["sha256"]
    for one in report["differences"]:
        check(one["decision"] in ("accept", "reject") and one["reason"] and one["decided_by"], "differences", f"{one['code']} is not decided")
    scans, people = report["scans"], {one["did"]: one["person"] for one in report["people"]}
    check(len(scans["items"]) == scans["count"] and root([*map(leaf, scans["items"])]).hex() == scans["root"], "scans", "the root is another")
    packers = {one["leaf"]["actor"] for one in scans["items"] if one["leaf"]["intent"] == "pack"}
    check(not packers & {people.get("signed"), people.get("closed")}, "people", "who packed also signed or closed")
    for one in report["attachments"]:
        file = folder / pathlib.Path(one["name"]).name
        check(not file.exists() or sha(file.read_bytes()) == one["sha256"], "attachments", one["name"])
def main(words):
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("certificate", nargs="+", type=pathlib.Path), asked.add_argument("--key", type=lambda name: pem.load_pem_public_key(pathlib.Path(name).read_bytes()))
    given = asked.parse_args(words)
    for path in given.certificate:
        try:
            report = read(path)
            if not isinstance(report, dict) or "seal" not in report and "certificate" not in report: return print(f"{path} is not a certificate", file=sys.stderr) or 2
            check_seal(report, given.key)
            check(report["format"] == "scanner-app certificate 1", "format", "it is not a certificate of format 1")
            check_items(report), check_rest(report, path.parent)
        except Altered as error: return print(f"ALTERED: {error}", file=sys.stderr) or 1
    print("Untouched." + ("" if given.key else " Give --key to be sure who sealed it."))
    return 0
if __name__ == "__main__": sys.exit(main(sys.argv[1:]))
