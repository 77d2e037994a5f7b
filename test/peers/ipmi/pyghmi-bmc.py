#!/usr/bin/python3
"""A BMC made of python3-pyghmi, as virtualbmc uses it: pyghmi-bmc.py <udp port>. User admin, password `password`."""
import sys

from pyghmi.ipmi import bmc


class PeerBmc(bmc.Bmc):
    power = "off"
    boot = "default"

    def get_power_state(self):
        return self.power

    def power_off(self):
        self.power = "off"

    def power_on(self):
        self.power = "on"

    def power_reset(self):
        pass

    def power_shutdown(self):
        self.power = "off"

    def get_boot_device(self):
        return self.boot

    def set_boot_device(self, bootdevice):
        self.boot = bootdevice

    def cold_reset(self):
        pass

    def is_active(self):
        return self.power == "on"

    def iohandler(self, data):
        self.sol.send_data(data)


PeerBmc({"admin": "password", "long20": "abcdefghijklmnopqrst"}, port=int(sys.argv[1]), address="127.0.0.1").listen()
