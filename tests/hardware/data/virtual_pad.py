"""A pcscd with a virtual pad, and the card that lies on it: run in a network namespace of its own.

The pad's driver listens on every address, which must not reach beyond this namespace. Commands on
the input: ``down HEX`` lays a card with that UID, ``up`` takes it away, the end stops all.
"""

import fcntl
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

PORT = 35963
ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
ON_OFF_RESET, GET_ATR = {0, 1, 2}, 4
SET_FLAGS, UP_AND_RUNNING = 0x8914, 0x41


def answer(link: socket.socket, uid: bytes) -> None:
    with link.makefile("rb") as stream:
        while len(head := stream.read(2)) == 2:
            request = stream.read(struct.unpack(">H", head)[0])
            if len(request) == 1 and request[0] in ON_OFF_RESET:
                continue
            if len(request) == 1 and request[0] == GET_ATR:
                reply = ATR
            elif request == bytes.fromhex("FFCA000000"):
                reply = uid + b"\x90\x00"
            else:
                reply = b"\x6d\x00"
            link.sendall(struct.pack(">H", len(reply)) + reply)


def main(folder: Path, comm: Path) -> None:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sH14x", b"lo", UP_AND_RUNNING))
    (folder / "vpcd").write_text(
        f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{PORT}\n'
        f"LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\nCHANNELID {PORT}\n"
    )
    daemon = subprocess.Popen(
        ["pcscd", "-f", "--critical", "-c", str(folder)], stdout=subprocess.DEVNULL
    )
    link = None
    try:
        while not comm.exists() and daemon.poll() is None:
            time.sleep(0.02)
        print("ready" if daemon.poll() is None else "ended", flush=True)
        for line in sys.stdin:
            word, _, uid = line.strip().partition(" ")
            if link is not None:
                link.shutdown(socket.SHUT_RDWR)
                link = None
            if word == "down":
                link = socket.create_connection(("127.0.0.1", PORT))
                threading.Thread(
                    target=answer, args=(link, bytes.fromhex(uid)), daemon=True
                ).start()
    finally:
        daemon.terminate()
        daemon.wait(10)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
