"""A certificate authority for one rig, made with the openssl command line."""
import os
import subprocess


class CertificateAuthority:
    """`ca_file` is what clients must trust; `issue()` makes a server certificate for host names and addresses."""

    def __init__(self, folder, name="Haulier test CA"):
        self.folder = folder
        self.ca_file = os.path.join(folder, "ca.pem")
        self._ca_key = os.path.join(folder, "ca.key")
        os.makedirs(folder, exist_ok=True)
        if not os.path.exists(self.ca_file):
            self._openssl("req", "-x509", *self._new_key(self._ca_key), "-out", self.ca_file, "-days", "30",
                          "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                          "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, hosts=("localhost", "127.0.0.1"), days=30):
        """Returns (certificate file, key file) valid for `hosts`."""
        certificate = os.path.join(self.folder, f"{name}.pem")
        key = os.path.join(self.folder, f"{name}.key")
        if os.path.exists(certificate):
            return certificate, key
        request = os.path.join(self.folder, f"{name}.csr")
        extensions = os.path.join(self.folder, f"{name}.ext")
        names = ",".join(("IP:" if _is_address(host) else "DNS:") + host for host in hosts)
        with open(extensions, "w") as file:
            file.write(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
        self._openssl("req", *self._new_key(key), "-out", request, "-subj", f"/CN={hosts[0]}")
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", self._ca_key, "-CAcreateserial",
                      "-out", certificate, "-days", str(days), "-extfile", extensions)
        return certificate, key

    @staticmethod
    def _new_key(path):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path]

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")


def _is_address(host):
    return host.replace(".", "").isdigit() or ":" in host
