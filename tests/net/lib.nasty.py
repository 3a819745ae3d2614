# SPDX-License-Identifier: MIT
"""Servers that do what servers should not: lib.nasty.py ADDRESS, a port each, 8000 and up, in the order below."""
import os
import socket
import struct
import sys
import threading
import time

OK = b"HTTP/1.1 200 OK\r\n"


def request(c):
    got = b""
    while b"\r\n\r\n" not in got:
        piece = c.recv(4096)
        if not piece:
            return False
        got += piece
    return True


def reset(c):
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.close()


def drip(c, data, pause):
    for i in range(len(data)):
        c.send(data[i:i + 1])
        time.sleep(pause)


def silent(c):
    time.sleep(100)


def at_once(c):
    c.close()


def reset_in_header(c):
    request(c)
    c.send(OK + b"Server: x")
    time.sleep(0.1)
    reset(c)


def reset_in_body(c):
    request(c)
    c.send(OK + b"Content-Length: 100\r\n\r\nhalf of it")
    time.sleep(0.1)
    reset(c)


def short_body(c):
    request(c)
    c.send(OK + b"Content-Length: 100\r\n\r\nhalf of it")
    c.close()


def endless_header(c):
    request(c)
    c.send(OK)
    while True:
        c.send(b"Server: x\r\n" * 100)


def endless_body(c):
    request(c)
    c.send(OK + b"\r\n")
    while True:
        c.send(b"x" * 65536)


def dripped_header(c):
    request(c)
    drip(c, OK * 100, 0.1)


def dripped_body(c):
    request(c)
    c.send(OK + b"\r\n")
    drip(c, OK * 100, 0.1)


def many_packets(c):
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request(c)
    drip(c, OK + b"Content-Length: 3\r\n\r\nabc", 0.005)
    time.sleep(100)


def chunked_open(c):
    request(c)
    c.send(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    time.sleep(100)


def ssh(c):
    c.send(b"SSH-2.0-OpenSSH_9.2\r\n")
    time.sleep(100)


def no_answer(c):
    request(c)
    c.close()


def smtp_lines(c):
    for line in b"220-one\r\n220 two\r\n", b"250-three\r\n250 four\r\n", b"221 five\r\n":
        drip(c, line, 0.002)
        c.recv(1000)


def smtp_dripped(c):
    drip(c, b"220-" + b"x" * 1000, 0.1)


SERVERS = [silent, at_once, reset_in_header, reset_in_body, short_body, endless_header, endless_body, dripped_header, dripped_body,
           many_packets, chunked_open, ssh, no_answer, smtp_lines, smtp_dripped]


def run(behave, c):
    try:
        behave(c)
        c.close()
    except OSError:
        pass


def serve(port, behave):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((sys.argv[1], port))
    s.listen(100)
    while True:
        threading.Thread(target=run, args=(behave, s.accept()[0]), daemon=True).start()


for i, behave in enumerate(SERVERS):
    threading.Thread(target=serve, args=(8000 + i, behave), daemon=True).start()
os.read(0, 1)
