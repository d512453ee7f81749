# SPDX-License-Identifier: ISC
"""A throw-away root: the machine's own files with an overlay on top that lies in memory. What is installed
or written is gone when the last process in this mount namespace ends. The network is the machine's."""
import os
import subprocess


class Unable(Exception):
    """This machine cannot do it; the text says why."""


def mount(*arguments):
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unable(f"mount {' '.join(arguments)}: {done.stderr.strip()}")


def enter(base, *keep):
    """Makes the root in the empty folder `base` and moves into it. `keep` are folders that must be seen
    inside, wherever they lie."""
    root = os.path.join(base, "root")
    mount("-t", "tmpfs", "-o", "size=4g,mode=0755", "tmpfs", base)
    for name in ("upper", "work", "root"):
        os.mkdir(os.path.join(base, name))
    mount("-t", "overlay", "-o", f"lowerdir=/,upperdir={base}/upper,workdir={base}/work", "overlay", root)
    mount("--rbind", "/dev", root + "/dev")
    mount("--rbind", "/sys", root + "/sys")
    mount("-t", "proc", "proc", root + "/proc")
    for folder in keep:
        if not os.path.isdir(root + folder) or not os.listdir(root + folder):
            os.makedirs(root + folder, exist_ok=True)
            mount("--rbind", folder, root + folder)
    os.chroot(root)
    os.chdir("/")


def install(*packages):
    """Installs Debian packages without starting what they hold."""
    with open("/usr/sbin/policy-rc.d", "w", encoding="ascii") as policy:
        policy.write("#!/bin/sh\nexit 101\n")
    os.chmod("/usr/sbin/policy-rc.d", 0o755)
    command = ["apt-get", "-qy", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0",
               "-o", "Dpkg::Options::=--force-unsafe-io", "-o", "Dpkg::Options::=--path-exclude=/usr/share/man/*",
               "install", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    options = {"capture_output": True, "text": True, "check": False, "env": environment}
    done = subprocess.run(command, **options)
    if done.returncode != 0:
        subprocess.run(["apt-get", "-q", "update"], **options)
        done = subprocess.run(command, **options)
    if done.returncode != 0:
        raise Unable(f"apt-get install {' '.join(packages)} failed: {done.stderr.strip()[-300:]}")
