"""Ends TLS in front of a server on loopback: tls.py CERTIFICATE KEY PORT

Prints its port. What the server sends in one piece becomes one record. Ends with its
standard input.
"""
import socket
import ssl
import sys
import threading


def copy(source, target):
    try:
        while data := source.recv(16384):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def relay(connection):
    try:
        outer = context.wrap_socket(connection, server_side=True)
        inner = socket.create_connection(("127.0.0.1", int(sys.argv[3])))
    except OSError:
        return
    threading.Thread(target=copy, args=(outer, inner), daemon=True).start()
    copy(inner, outer)


def accept():
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=relay, args=(connection,), daemon=True).start()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
threading.Thread(target=accept, daemon=True).start()
sys.stdin.read()
