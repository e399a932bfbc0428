"""Several devices of one process give the file of one: rfmap_on_host with several host devices,
also where one of them is lost. Needs h5py."""

import os
import unittest

from repeated_runs import contents, link_images
from rfmap_case import RfmapCase
from small_network import small_network

DEVICES = 3
IMAGES = 200  # blocks of the scan for each device


class SeveralDevices(RfmapCase):
    def setUp(self):
        super().setUp()
        self.model = self.write("net.onnx", small_network(side=56, units=(6, 8)))
        self.images = link_images(self.folder / "many", IMAGES, different=IMAGES)
        self.parts = self.folder / "fields.h5.parts"

    def run_on(self, device, code=0, devices=DEVICES, lost=None, **changes):
        values = {"stride": 8, "occluder": 11, "top_k": 9, "layers": "conv1,conv2",
                  "keep_maps": True, "device": device, "threads": 2} | changes
        variables = {"RFMAP_HOST_DEVICES": str(devices), "SOURCE_DATE_EPOCH": "0"}
        if lost:
            variables["RFMAP_HOST_LOST"] = lost
        answer = self.rfmap(*self.estimate_args(**values), env=os.environ | variables)
        if code is not None:
            self.assertEqual(answer.returncode, code, answer.stderr)
        return answer

    def contents_of(self, device, **changes):
        """What the results file holds: all but how the run was started."""
        self.run_on(device, **changes)
        return self.take_contents()

    def take_contents(self):
        self.assertFalse(self.parts.exists())
        found = contents(self.out)
        self.out.unlink()
        return found

    def test_they_write_the_bytes_of_one(self):
        wanted = {}
        for devices in (1, 2, DEVICES):  # the same command, which the file tells
            self.run_on("cuda:all", devices=devices)
            wanted[devices] = self.out.read_bytes()
            self.out.unlink()
        self.assertEqual(len(set(wanted.values())), 1)

    def test_whatever_is_measured_is_that_of_one(self):
        for changes in ({}, {"strategy": "full"}, {"fill": "blur", "with_gradient": True}):
            wanted = self.contents_of("cuda", **changes)
            self.assertEqual(self.contents_of("cuda:2,0,1", **changes), wanted, changes)

    def test_shards_of_several_devices_give_the_results_of_one(self):
        wanted = self.contents_of("cuda:0")
        self.run_on("cuda:all", shard="1/2", wait=0, code=130)
        self.run_on("cuda:1,2", shard="2/2")
        self.run_on("cuda:0,1", shard="1/2", resume=True)
        answer = self.rfmap("merge", self.out)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(self.take_contents(), wanted)

    def test_each_device_does_a_part(self):
        answer = self.run_on("cuda:all", quiet=None, verbose=True)
        self.assertIn(f"{DEVICES} devices share the work: a device of the host, tf32\n",
                      answer.stderr)
        plans = [line for line in answer.stderr.splitlines() if "convolutions: " in line]
        self.assertEqual(len(plans), DEVICES)
        for line in plans:
            self.assertNotIn("convolutions: 0 by", line)

    def test_a_run_goes_on_where_one_is_lost(self):
        wanted = self.contents_of("cuda")
        kept = 0
        for launches in (3, 40, 60, 90, 130, 1600):
            answer = self.run_on("cuda:all", code=None, lost=f"1:{launches}")
            if answer.returncode == 0:
                self.assertEqual(self.take_contents(), wanted)
                break
            self.assertEqual(answer.returncode, 1, answer.stderr)
            self.assertRegex(answer.stderr, "device 2 of 3: .*the host device is lost")
            self.assertFalse(self.out.exists())
            kept += len(list(self.parts.glob("maps-*")))
            self.assertEqual(self.contents_of("cuda:0,2", resume=True), wanted, launches)
        else:
            self.fail("the device was always lost: give it more launches")
        self.assertGreater(kept, 0, "never lost among the maps")

    def test_devices_says_how_they_work_together(self):
        for devices, said in ((1, False), (2, True)):
            answer = self.rfmap("devices", env=os.environ | {"RFMAP_HOST_DEVICES": str(devices)})
            self.assertEqual(answer.stdout.count("cuda:0,1, or cuda:all\n"), said, answer.stdout)

    def test_lists_that_make_no_sense_are_refused(self):
        for device, code, part in (("cuda:0,0", 2, "cuda:0 is named twice"),
                                   ("cuda:0,7", 1, "there is no such device")):
            self.assert_refused(self.run_on(device, code), code, part)


if __name__ == "__main__":
    unittest.main()
