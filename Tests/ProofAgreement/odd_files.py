"""usage: odd_files.py TRADELEDGER VERIFY-PROOF DIRECTORY

Gives odd key files, checkpoints, proofs and names to the program and to tools/verify-proof, and compares what each of
them says with what is right. DIRECTORY holds `ledger`, and of it `kept.pub`, `t.proof` and `checkpoint`.

Exit status: 0 all agree; 1 not, with a line for each difference.
"""
import base64, contextlib, glob, hashlib, importlib.machinery, importlib.util, io, os, subprocess, sys

program, tool_path, directory = sys.argv[1:]
loader = importlib.machinery.SourceFileLoader("verify_proof", tool_path)
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("verify_proof", loader))
loader.exec_module(tool)

def read(name):
    with open(f"{directory}/{name}", "rb") as file:
        return file.read()

KEPT, PROOF, CHECKPOINT = read("kept.pub"), read("t.proof"), read("checkpoint")
TEXT = CHECKPOINT.split(b"\n\n")[0] + b"\n"
SEGMENTS = sorted(glob.glob(f"{directory}/ledger/0*.segment"))
DASH = "\u2014".encode()

def encoded(point):
    inverse = pow(point[2], tool.P - 2, tool.P)
    x, y = point[0] * inverse % tool.P, point[1] * inverse % tool.P
    return (y | (x & 1) << 255).to_bytes(32, "little")

def number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % tool.ORDER

HASH = hashlib.sha512(b"a seed").digest()
SECRET = int.from_bytes(HASH[:32], "little") & (1 << 254) - 8 | 1 << 254
PUBLIC = encoded(tool.times(SECRET, tool.BASE))

def signature(text):
    """RFC 8032, section 5.1.6."""
    nonce = number(HASH[32:], text)
    commitment = encoded(tool.times(nonce, tool.BASE))
    return commitment + ((nonce + number(commitment, PUBLIC, text) * SECRET) % tool.ORDER).to_bytes(32, "little")

def key_id(name, public, algorithm=1):
    return hashlib.sha256(name + b"\n" + bytes([algorithm]) + public).digest()[:4]

def key(name, public=PUBLIC, algorithm=1):
    data = base64.b64encode(bytes([algorithm]) + public)
    return name + b"+" + key_id(name, public, algorithm).hex().encode() + b"+" + data + b"\n"

def signed(name, public=PUBLIC, bytes_=None, text=TEXT):
    bytes_ = signature(text) if bytes_ is None else bytes_
    return DASH + b" " + name + b" " + base64.b64encode(key_id(name, public) + bytes_) + b"\n"

W = b"witness.example/w1"
ORIGIN = TEXT.split(b"\n")[0]
OTHER = b"tradeledger/01a218f8-457c-73b4-aef9-fdffe85d4ca7"
cases = []  # What it is, whether it holds, the key file, the proof or the checkpoints.

def case(what, holds, key_file=KEPT, proof=None, checkpoints=None):
    cases.append((what, holds, key_file, proof, checkpoints))

def both(what, holds, key_file, lines):
    case(what, holds, key_file, PROOF + lines)
    case(what, holds, key_file, None, CHECKPOINT + lines)

for what, holds, file in [
    ("the key", True, KEPT), ("two keys", True, KEPT + key(W)), ("a key twice", True, KEPT * 2),
    ("another key", False, key(W)),
    ("another key first", True, key(W) + KEPT),
    ("nothing", False, b""),
    ("a line feed", False, b"\n"),
    ("CRLF", False, KEPT.replace(b"\n", b"\r\n")),
    ("CR", False, KEPT.replace(b"\n", b"\r")),
    ("a CR before the key", False, b"\r" + KEPT),
    ("no end", False, KEPT[:-1]),
    ("two ends", False, KEPT + b"\n"),
    ("an empty line first", False, b"\n" + KEPT),
    ("an empty line between", False, KEPT + b"\n" + key(W)),
    ("a byte order mark", False, b"\xef\xbb\xbf" + KEPT), ("a space before", False, b" " + KEPT),
    ("a space after", False, KEPT[:-1] + b" \n"), ("a tab after", False, KEPT[:-1] + b"\t\n"),
    ("a form feed between", False, KEPT[:-1] + b"\f" + key(W)),
    ("a vertical tab between", False, KEPT[:-1] + b"\v" + key(W)),
    ("a file separator between", False, KEPT[:-1] + b"\x1c" + key(W)),
    ("a line separator", False, KEPT[:-1] + "\u2028".encode() + key(W)),
    ("a next line", False, KEPT[:-1] + "\u0085".encode() + key(W)),
    ("a zero byte", False, KEPT[:-1] + b"\0\n"),
    ("a comment", False, b"# key\n" + KEPT),
    ("upper case", False, KEPT.upper()),
    ("no base64", False, KEPT[:-3] + b"!=\n"),
    ("base64 with other bits", False, KEPT[:-3] + b"/=\n"),
    ("another algorithm", False, KEPT + key(W, algorithm=2)),
    ("31 bytes", False, KEPT + key(W, PUBLIC[:31])),
    ("33 bytes", False, KEPT + key(W, PUBLIC + b"x")),
    ("the private key", False, read("ledger/checkpoint.key")),
]:
    case(f"a key file: {what}", holds, file, PROOF)
    case(f"a key file: {what}", holds, file, None, CHECKPOINT)

GOOD = ["w", "zo\u00eb", "\u898b\u8a3c\u4eba", "e\u0301", "w" * 300,
        "w!#$%&'()*,-./:;<=>?@[]^_`{|}~", "\U0001f511", "\u0600"]
BAD = [" ", "\u00a0", "\u1680", "\u2003", "\u202f", "\u205f", "\u3000", "\x00", "\t", "\r", "\x0b", "\x0c",
       "\x1b", "\x1c", "\x1f", "\x7f", "\x80", "\x85", "\x9b", "\u00ad", "\u034f", "\u061c", "\u115f", "\u17b4",
       "\u180e", "\u200b", "\u200f",
       "\u2028", "\u2029", "\u202a", "\u202e", "\u2060", "\u2066", "\u206f", "\u3164",
       "\ufe0f", "\ufeff", "\uffa0", "\ufff9",
       "\U0001bca0", "\U0001d173", "\U000e0001", "\U000e0fff"]
NAMES = [(name.encode(), True) for name in GOOD] + [(f"w{character}x".encode(), False) for character in BAD]
NAMES += [(name, False) for name in (b"", b"+", b"w+x", b"\xff", b"w\xc0\xaf", b"w\xed\xa0\x80", b"w\xf4\x90\x80\x80")]
for index, (name, holds) in enumerate(NAMES):
    case(f"a key named {name!r}", holds, KEPT + key(name), PROOF)
    both(f"a signature of {name!r}, whom nobody knows", holds, KEPT, signed(name))
    if holds:
        both(f"a signature of {name!r}", True, KEPT + key(name), signed(name))
        both(f"a wrong signature of {name!r}", False, KEPT + key(name), signed(name, bytes_=b"x" * 64))

# A key whose signature is right for every text: the neutral point, in its one encoding and in others.
for what, holds, public in [
    ("one", True, (1).to_bytes(32, "little")),
    ("one with a sign", False, (1 | 1 << 255).to_bytes(32, "little")),
    ("one and p", False, (1 + tool.P).to_bytes(32, "little")),
    ("no point", False, (2).to_bytes(32, "little")),
    ("all ones", False, b"\xff" * 32),
]:
    neutral = (1).to_bytes(32, "little") + bytes(32)
    both(f"a public key: {what}", holds, KEPT + key(W, public), signed(W, public, neutral))

S = signature(TEXT)
for what, holds, bytes_ in [
    ("short", False, S[:63]), ("long", False, S + b"x"), ("S not reduced", False,
     S[:32] + (int.from_bytes(S[32:], "little") + tool.ORDER).to_bytes(32, "little")), ("empty", False, b"")]:
    both(f"a signature that is {what}", holds, KEPT + key(W), signed(W, bytes_=bytes_))

SIGNATURE = CHECKPOINT[len(TEXT) + 1:]
for what, holds, file in [
    ("as it is", True, CHECKPOINT),
    ("two", True, CHECKPOINT + b"\n" + CHECKPOINT),
    ("two without a line between", False, CHECKPOINT * 2),
    ("two with two lines between", False, CHECKPOINT + b"\n\n" + CHECKPOINT),
    ("an empty line first", False, b"\n" + CHECKPOINT),
    ("an empty line last", False, CHECKPOINT + b"\n"),
    ("no end", False, CHECKPOINT[:-1]),
    ("nothing", False, b""),
    ("CRLF", False, CHECKPOINT.replace(b"\n", b"\r\n")),
    ("CR last", False, CHECKPOINT[:-1] + b"\r\n"),
    ("no signature", False, TEXT + b"\n"), ("a space after", False, CHECKPOINT[:-1] + b" \n"),
    ("a hyphen for the dash", False, CHECKPOINT.replace(DASH, b"-")),
    ("two dashes", False, CHECKPOINT.replace(DASH, DASH * 2)),
    ("a byte order mark", False, b"\xef\xbb\xbf" + CHECKPOINT),
    ("a zero before the size", False, CHECKPOINT.replace(b"\n", b"\n0", 1)),
    ("a plus before the size", False, CHECKPOINT.replace(b"\n", b"\n+", 1)),
    ("an upper-case origin", False, TEXT.upper() + b"\n" + SIGNATURE),
    ("a line of text more", False, TEXT + b"more\n\n" + SIGNATURE),
    ("a key of another ledger", False, TEXT + b"key " + key(OTHER) + b"\n" + SIGNATURE),
]:
    case(f"checkpoints: {what}", holds, KEPT, None, file)

def resigned(text):
    """Another text, which the key of the ledger's name that this script has made signs."""
    return text + b"\n" + signed(ORIGIN, text=text)

MINE = key(ORIGIN)
size = TEXT.split(b"\n")[1]
for what, holds, text in [
    ("as it is", True, TEXT),
    ("a new key", True, TEXT + b"key " + key(ORIGIN, (1).to_bytes(32, "little"))),
    ("a new key of another name", False, TEXT + b"key " + key(OTHER)),
    ("a new key with CR", False, TEXT + b"key " + MINE[:-1] + b"\r\n"),
    ("a new key with a space", False, TEXT + b"key  " + MINE),
    ("a size of 65 bits", False, TEXT.replace(size, str(1 << 64).encode(), 1)),
    ("a size ahead", False, TEXT.replace(size, str((1 << 64) - 1).encode(), 1)),
    ("a negative size", False, TEXT.replace(size, b"-1", 1)),
    ("an empty line in the text", False, TEXT + b"\n"),
    ("an Arabic size", False, TEXT.replace(size, "\u0663".encode(), 1)),
]:
    case(f"a signed text: {what}", holds, MINE, None, resigned(text))
    # Whether a proof's root is that of its own checkpoint does not depend on more keys in the text.
    if "key" in what:
        case(f"a signed text in a proof: {what}", holds, MINE, PROOF[:-len(CHECKPOINT)] + resigned(text))

for what, file in [
    ("CRLF", PROOF.replace(b"\n", b"\r\n")),
    ("an empty line last", PROOF + b"\n"),
    ("no end", PROOF[:-1]),
    ("twice", PROOF * 2),
    ("a line first", b"\n" + PROOF),
    ("a zero before the index", PROOF.replace(b"index ", b"index 0", 1)),
    ("an index of 65 bits", PROOF.replace(b"index ", b"index 18446744073709551616", 1)),
    ("an empty record", PROOF.replace(b"extra ", b"extra \nextra ", 1)),
]:
    case(f"a proof: {what}", False, KEPT, file)
case("a proof: as it is", True, KEPT, PROOF)

def verdict_of_program(arguments):
    return subprocess.run([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

def verdict_of_tool(arguments):
    out = io.TextIOWrapper(io.BytesIO())
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            return tool.main(arguments) == 0
        except SystemExit:
            return False

differences = 0
for what, holds, key_file, proof, checkpoints in cases:
    for name, data in ("odd.pub", key_file), ("odd.file", checkpoints if proof is None else proof):
        with open(f"{directory}/{name}", "wb") as file:
            file.write(data)
    keys = ["--key", f"{directory}/odd.pub"]
    if proof is None:
        told = (verdict_of_program(["verify", "--local", "--against", f"{directory}/odd.file", *keys]),
                verdict_of_tool(["--checkpoints", f"{directory}/odd.file", *keys, *SEGMENTS]))
    else:
        told = (verdict_of_program(["verify-proof", f"{directory}/odd.file", *keys]),
                verdict_of_tool([f"{directory}/odd.file", *keys]))
    if told != (holds, holds):
        differences += 1
        print(f"{what}: the program says {told[0]}, verify-proof says {told[1]}, right is {holds}")
print(f"{len(cases)} cases", file=sys.stderr)
sys.exit(1 if differences else 0)
