"""The translator refuses what it does not know."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER / "translator"))

import planted  # noqa: E402
from ptx import Refused, parse  # noqa: E402
from translate import translated  # noqa: E402

HEAD = ".version 9.0\n.target sm_90\n.address_size 64\n"
REGISTERS = ".reg .pred %p<3>;\n.reg .b16 %rs<3>;\n.reg .b32 %r<9>;\n.reg .f32 %f<4>;\n.reg .b64 %rd<4>;\n"


def kernel(body, name="k", limits=".maxntid 256, 1, 1"):
    return f"{HEAD}.visible .entry {name}(\n\t.param .u64 {name}_param_0\n)\n{limits}\n{{\n{REGISTERS}{body}\nret;\n}}\n"


def cpp(body):
    lines, _ = translated(kernel(body), 0)
    return "\n".join(lines)


class Refuses(unittest.TestCase):
    def refused(self, body, part):
        with self.assertRaises(Refused) as raised:
            cpp(body)
        self.assertIn(part, str(raised.exception))
        self.assertIn("k:", str(raised.exception))

    def test_unknown_instructions(self):
        for line in ("prmt.b32 %r1, %r2, %r3, %r4;", "vote.sync.any.pred %p1, %p2, -1;", "bar.sync 0;",
                     "atom.global.add.f32 %f1, [%rd1], %f2;", "ld.shared.f32 %f1, [%rd1];",
                     "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1}, {%r1}, {%r2}, {%f2};"):
            self.refused(line, f"no rule for {line.split()[0]}")

    def test_known_instructions_with_other_modifiers(self):
        for name in ("add.rm.f32 %f1, %f2, %f3", "fma.rz.f32 %f1, %f2, %f3, %f1", "cvt.rz.bf16.f32 %rs1, %f1",
                     "setp.lt.and.f32 %p1, %f1, %f2, %p2", "add.cc.s32 %r1, %r2, %r3", "mul.sat.f32 %f1, %f2, %f3",
                     "ld.volatile.global.f32 %f1, [%rd1]", "shfl.sync.up.b32 %r1|%p1, %r2, %r3, %r4, %r5",
                     "ld.global.v8.f32 {%f1}, [%rd1]"):
            self.refused(name + ";", f"no rule for {name.split()[0]}")

    def test_unknown_registers_names_and_types(self):
        self.refused("mov.u32 %r1, %clock;", "unknown register")
        self.refused("add.s32 %r1, %x1, %r2;", "unknown register")
        self.refused("mov.u64 %rd1, nothing;", "unknown name")
        self.refused("add.f32 %f1, %rs1, %f2;", "b16 read as f32")
        self.refused("call.uni (retval0), other, (param0);", "unknown name")
        self.refused(".shared .align 4 .b8 tile[256];", "a directive")
        self.refused('.pragma "something";', "a directive")

    def test_the_predicate_of_a_shuffle(self):
        shuffle = "shfl.sync.idx.b32 %r1|%p1, %r2, %r3, %r4, %r5;"
        self.assertIn("co_await", cpp(shuffle))
        self.refused(shuffle + "\n@%p1 ret;", "is read")

    def test_what_is_outside_of_functions(self):
        for text in (".visible .global .align 4 .b8 counter[4];\n", ".extern .func vprintf;\n"):
            with self.assertRaises(Refused):
                parse(HEAD + text)
        with self.assertRaises(Refused):
            parse(kernel("", limits=".reqnctapercluster 2"))

    def test_the_program_says_which_kernel_and_line(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder, "a.ptx")
            source.write_text(kernel("prmt.b32 %r1, %r2, %r3, %r4;"))
            answer = subprocess.run([sys.executable, "-B", FOLDER / "translator/translate.py", f"{folder}/a.cpp", source],
                                    capture_output=True, text=True)
            self.assertEqual(answer.returncode, 1)
            self.assertEqual(answer.stderr.strip(),
                             "translate.py: k: prmt.b32 %r1, %r2, %r3, %r4: no rule for prmt.b32")
            self.assertFalse(pathlib.Path(folder, "a.cpp").exists())


class Translates(unittest.TestCase):
    def test_operands_by_their_types(self):
        self.assertIn("r_r1 = (uint32_t)(int32_t)(quotient(t, (int32_t)r_r2, (int32_t)r_r3));",
                      cpp("div.s32 %r1, %r2, %r3;"))
        self.assertIn("load<float, 4>(t, (uint64_t)r_rd1 + (16), ~0u)", cpp("ld.global.v4.f32 {%f1, %f2, %f3, %f1}, [%rd1+16];"))
        self.assertIn("if (!r_p1) { goto L_L_1; }", cpp("@!%p1 bra $L_1;\n$L_1:"))

    def test_bytes_that_are_used(self):
        self.assertIn("load<float, 2>(t, (uint64_t)r_rd1 + (0), 240u)",
                      cpp('.pragma "used_bytes_mask 240";\nld.global.v2.f32 {%f1, %f2}, [%rd1];'))


class PlantedFaults(unittest.TestCase):
    def test_a_fault_without_its_place_is_an_error(self):
        with self.assertRaises(Refused):
            planted.copies(kernel("", name="ExtremumRead"))


if __name__ == "__main__":
    unittest.main()
