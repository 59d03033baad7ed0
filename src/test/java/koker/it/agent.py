import array
import fcntl
import os
import socket
import struct
import sys
import threading

# Who decides about system calls: takes listeners at the socket argv[1], and answers each question with ENOSPC.
RECEIVE = 0xC0502100
SEND = 0xC0182101


def decide(listener):
    while True:
        question = bytearray(80)
        try:
            fcntl.ioctl(listener, RECEIVE, question)
        except OSError as e:
            print("end", e.errno, flush=True)
            return
        number, _, _, call, _, _ = struct.unpack_from("QIIiIQ", question)
        print("asked", call, flush=True)
        try:
            fcntl.ioctl(listener, SEND, bytearray(struct.pack("QqiI", number, 0, -28, 0)))
        except OSError as e:
            print("send", e, flush=True)


server = socket.socket(socket.AF_UNIX)
# It is seen when it listens already.
server.bind(sys.argv[1] + ".new")
server.listen(8)
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    connection, _ = server.accept()
    message, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_LEN(16))
    connection.close()
    print(message.decode(), flush=True)
    for _, _, data in ancillary:
        listener = array.array("i", data[:4])[0]
        threading.Thread(target=decide, args=(listener,), daemon=True).start()
