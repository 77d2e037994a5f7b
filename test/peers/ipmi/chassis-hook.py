#!/usr/bin/python3 -IS
"""Chassis control of ipmi_sim for one QEMU machine: chassis-hook.py <folder> get|set <parameter> [<value>] ...

One QEMU stays alive as long as the peer, like a board on standby power: "off" stops its processor and resets it,
"on" lets it run. Every "set" is written to <folder>/chassis.log, the record of what the BMC was told.
"""
import json
import socket
import sys
import time

folder, operation, rest = sys.argv[1], sys.argv[2], sys.argv[3:]


def qmp(*commands):
    """Runs QMP commands on the machine; the answer to the last."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(4)
        connection.connect(folder + "/qmp.sock")
        stream = connection.makefile("rw")
        stream.readline()
        answer = None
        for command in ("qmp_capabilities",) + commands:
            stream.write(json.dumps({"execute": command}) + "\n")
            stream.flush()
            while True:
                answer = json.loads(stream.readline())
                if "event" not in answer:
                    break
        return answer.get("return")


def is_running():
    return qmp("query-status")["status"] == "running"


def boot_device():
    try:
        with open(folder + "/boot", encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        return "default"


def carry_out(parameter, value):
    with open(folder + "/chassis.log", "a", encoding="ascii") as log:
        log.write("%.3f %s %s\n" % (time.time(), parameter, value))
    if parameter == "power" and value == "1":
        if not is_running():
            qmp("system_reset", "cont")
    elif parameter == "power":
        qmp("stop", "system_reset")
    elif parameter == "reset":
        if is_running():
            qmp("system_reset")
    elif parameter == "shutdown":
        qmp("system_powerdown")
    elif parameter == "boot":
        with open(folder + "/boot", "w", encoding="ascii") as file:
            file.write(value)


if operation == "get":
    for name in rest:
        print("%s:%s" % (name, boot_device() if name == "boot" else int(is_running())))
else:
    while rest:
        carry_out(rest[0], rest[1])
        rest = rest[2:]
