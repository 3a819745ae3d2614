#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Between a client and a TLS server on 127.0.0.1:
    lib.tls.py PORT SERVER slow        each byte in a segment of its own
    lib.tls.py PORT SERVER cut|rst N   connection K ends after N * K bytes
    lib.tls.py PORT 0 say TEXT         no TLS server: TEXT, and the end
    lib.tls.py PORT 0 flood            a record header, then records of nothing
"""
import socket
import struct
import sys
import threading

port, server, mode, *rest = sys.argv[1:]


def end(client):
    if mode == "rst":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
        # Wakes the other thread, which holds the socket.
        client.shutdown(socket.SHUT_RD)
    client.close()


def up(client, peer):
    try:
        while data := client.recv(4096):
            peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def relay(client, budget):
    peer = socket.create_connection(("127.0.0.1", int(server)))
    threading.Thread(target=up, args=(client, peer), daemon=True).start()
    try:
        while data := peer.recv(4096):
            if mode == "slow":
                for i in range(len(data)):
                    client.send(data[i:i + 1])
                continue
            client.sendall(data[:budget])
            budget -= len(data)
            if budget <= 0:
                break
    except OSError:
        pass
    # What is still on its way to us would make a reset of the end.
    if mode != "rst":
        try:
            client.shutdown(socket.SHUT_WR)
            client.settimeout(0.2)
            while client.recv(4096):
                pass
        except OSError:
            pass
    end(client)
    peer.close()


def answer(client):
    try:
        if mode == "say":
            client.sendall(rest[0].encode().decode("unicode_escape").encode("latin1"))
            client.shutdown(socket.SHUT_WR)
            client.recv(4096)
        while mode == "flood":
            client.sendall(b"\x16\x03\x03\0\0" * 1000)
    except OSError:
        pass
    client.close()


listener = socket.create_server(("127.0.0.1", int(port)))
count = 0
while True:
    client, _ = listener.accept()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if mode in ("say", "flood"):
        answer(client)
    else:
        count += 1
        relay(client, int(rest[0]) * count if rest else 1 << 40)
