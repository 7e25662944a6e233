"""What rig.Recorder noted becomes a trace that says the same and holds no secret."""
import base64
import unittest

import trace_file


def trace_of(*notes):
    return trace_file.text_of([[(side, line.encode("latin-1")) for side, line in notes]], ["words"])


class TraceFile(unittest.TestCase):
    def test_tags_become_symbols_but_not_inside_a_literal(self):
        text = trace_of(("S", "* OK hi\r\n"), ("C", "xyz1 UID FETCH 1 (BODY.PEEK[])\r\n"), ("S", "* 1 FETCH (BODY[] {12}\r\n"),
                        ("S", "a1 mine\r\n"), ("S", ")\r\n"), ("S", ")\r\n"), ("S", "xyz1 OK done (0.012 + 0.003 secs).\r\n"))
        self.assertEqual(text, "# words\nS: * OK hi\nC: a1 UID FETCH 1 (BODY.PEEK[])\nS: * 1 FETCH (BODY[] {12}\n"
                               "S| a1 mine\\x0D\\x0A\nS: )\nS: )\nS: a1 OK done (0.001 + 0.000 secs).\n")

    def test_bytes_that_are_no_text_are_escaped(self):
        self.assertEqual(trace_of(("S", "* X {4}\r\n"), ("S", "\xce\xc4\r\n"), ("S", "a\\b\x01)\r\n")),
                         "# words\nS: * X {4}\nS| \\xCE\\xC4\\x0D\\x0A\nS| a\\x5Cb\\x01)\\x0D\\x0A\n")

    def test_token_and_ports_are_replaced(self):
        token = base64.b64encode(b"n,a=me,\1host=127.0.0.1\1port=4711\1auth=Bearer abcdef\1\1").decode()
        refusal = base64.b64encode(b'{"status":"401","openid-configuration":"https://127.0.0.1:99/x"}').decode()
        text = trace_of(("C", f"t1 AUTHENTICATE OAUTHBEARER {token}\r\n"), ("S", f"+ {refusal}\r\n"), ("C", "AQ==\r\n"),
                        ("S", "t1 NO no\r\n"))
        _, sent, refused, answer, end, _ = text.split("\n")
        self.assertEqual(base64.b64decode(sent.split(" ")[-1]),
                         b"n,a=me,\1host=imap.example.org\1port=993\1auth=Bearer secret\1\1")
        self.assertIn(b"https://sign-in.example.org/x", base64.b64decode(refused.split(" ")[-1]))
        self.assertEqual((answer, end), ("C| AQ==", "S: a1 NO no"))

    def test_command_that_came_inside_a_response_stands_behind_it_and_nothing_behind_logout(self):
        text = trace_of(("S", "* 1 FETCH (BODY[] {3}\r\n"), ("C", "t1 LOGOUT\r\n"), ("S", "x\r\n"), ("S", ")\r\n"),
                        ("S", "* BYE\r\n"))
        self.assertEqual(text, "# words\nS: * 1 FETCH (BODY[] {3}\nS: x\nC: a1 LOGOUT\n")

    def test_cut_and_the_next_connection_are_kept(self):
        text = trace_file.text_of([[("S", b"* O"), ("cut", b"")], [("S", b"* OK\r\n")]], [])
        self.assertEqual(text, "S| * O\n-- cut\n-- connection\nS: * OK\n")


if __name__ == "__main__":
    unittest.main()
