"""The list of architectures, family by family."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Architecture:
    """One graph of the zoo; its name is NAME.EXPORTER. A SIZE of 0 is chosen by the family."""

    family: str
    model: str
    exporter: str = "legacy"
    size: int = 0
    opset: int = 17
    channels: int = 3

    @property
    def name(self):
        """The graph's name, which is that of its file."""
        prefix = {"torchvision": "tv", "own": "x", "ultralytics": "ultra",
                  "quantised": "tv"}.get(self.family, self.family)
        return f"{prefix}_{self.model}.{self.exporter}"


BOTH = ("legacy", "dynamo")

TORCHVISION = (
    # Fixed sizes after adaptive pooling or attention windows need 224 pixels.
    ("alexnet", BOTH, 224), ("vgg16_bn", BOTH, 224), ("vgg11", ("legacy",), 224),
    ("convnext_tiny", BOTH, 64), ("deeplabv3_resnet50", BOTH, 64),
    ("deeplabv3_mobilenet_v3_large", BOTH, 64),
    ("densenet121", BOTH, 64), ("efficientnet_b0", BOTH, 64), ("efficientnet_v2_s", BOTH, 64),
    ("fasterrcnn_fpn_backbone", BOTH, 96), ("retinanet_fpn_backbone", ("legacy",), 96),
    ("fcn_resnet50", BOTH, 64),
    ("googlenet", BOTH, 64), ("inception_v3", BOTH, 96), ("lraspp_mbv3", BOTH, 64),
    ("maxvit_t", ("legacy",), 224), ("mnasnet0_5", BOTH, 64), ("mobilenet_v2", BOTH, 64),
    ("mobilenet_v3_large", BOTH, 64), ("mobilenet_v3_small", BOTH, 64),
    ("regnet_x_400mf", ("legacy",), 64), ("regnet_y_400mf", BOTH, 64),
    ("resnet18", BOTH, 64), ("resnet50", BOTH, 64),
    ("resnext50_32x4d", ("legacy",), 64), ("shufflenet_v2", BOTH, 64),
    ("squeezenet1_0", ("legacy",), 64), ("squeezenet1_1", BOTH, 64),
    ("ssd300_backbone", ("legacy",), 300), ("ssdlite_backbone", BOTH, 96),
    ("swin_t", BOTH, 224), ("vit_b_16", BOTH, 64), ("wide_resnet50_2", ("legacy",), 64))

OWN = (("activations", 32, 3), ("convT_autoenc", 28, 3), ("cornet_z", 64, 3), ("dcgan_d", 64, 3),
       ("dcgan_g", 64, 3), ("espcn", 32, 1), ("feature_extractor", 64, 3), ("lenet", 28, 1),
       ("norm_inside", 64, 3), ("simclr_cifar", 32, 3), ("style", 48, 3), ("unet_bilinear", 48, 3),
       ("unet_convT", 48, 3), ("vonenet", 64, 3))

TIMM = """
coatnet_nano_rw_224 convmixer_768_32 convnextv2_atto cspdarknet53 dla34 dpn68 ecaresnet50t
edgenext_xx_small efficientformerv2_s0 efficientnet_lite0 efficientvit_b0 fastvit_t8 gernet_s
ghostnet_100 hgnetv2_b0 hrnet_w18_small inception_next_atto inception_v4 lcnet_050 levit_128s
maxxvitv2_nano_rw_256 mixnet_s mobilenetv4_conv_small mobileone_s0 mobilevit_xxs nfnet_l0
poolformer_s12 pvt_v2_b0 regnetz_c16 repghostnet_050 repvgg_a0 res2net50_26w_4s resnest14d
resnet26t resnet50_gn resnet50d resnetblur50 resnetv2_50x1_bit rexnet_100 selecsls42b
semnasnet_100 seresnet50 skresnet18 starnet_s1 tf_efficientnet_lite0
tf_mobilenetv3_small_minimal_100 tresnet_m vit_tiny_patch16_224 vovnet39a xception41
""".split()

TIMM_DYNAMO = """
dla34 hgnetv2_b0 mobilevit_xxs nfnet_l0 repvgg_a0 resnet50d resnetblur50 resnetv2_50x1_bit
seresnet50 tf_efficientnet_lite0 convnextv2_atto ghostnet_100 hrnet_w18_small mixnet_s
mobilenetv4_conv_small poolformer_s12 resnet50_gn skresnet18 starnet_s1 efficientvit_b0
""".split()

TIMM_MORE = """
caformer_s18 convformer_s18 coat_lite_tiny cs3darknet_s cspresnext50 darknet53 densenetblur121d
eca_nfnet_l0 efficientvit_m0 ese_vovnet19b_dw fasternet_t0 fbnetc_100 focalnet_tiny_srf
gcresnet33ts ghostnetv2_100 resnext26ts hardcorenas_a hgnet_tiny inception_resnet_v2
lambda_resnet26t legacy_seresnext26_32x4d mambaout_femto mobilenetv4_hybrid_medium mobilevitv2_050
mnasnet_small nextvit_small pit_ti_224 rdnet_tiny regnetx_002 repvit_m0_9 resnet14t resnetrs50
sebotnet33ts_256 spnasnet_100 swiftformer_xs tiny_vit_5m_224 tinynet_e twins_pcpvt_small
visformer_tiny xception71 botnet26t_256 davit_tiny shvit_s1 tf_efficientnetv2_b0 mixer_s32_224
""".split()

TIMM_SIZES = {"inception_v4": 96, "inception_resnet_v2": 96}

ULTRALYTICS = """
yolo11n yolo26n yolov5n yolov8n-cls yolov8n-seg yolov8n yolov3-tiny yolov6n yolov8n-pose
yolov8n-obb yolov9t yolov10n yolo11n-cls yolo12n
""".split()

KERAS = """
mnist mobilenet mobilenetv2 mobilenetv2_nchw resnet50 resnet50_dynamic vgg16_notop xception
efficientnetb0 efficientnetv2b0 densenet121 inceptionv3 mobilenetv3small nasnetmobile resnet50v2
""".split()

QUANTISED = ("squeezenet1_1_qdq", "squeezenet1_1_qoperator", "squeezenet1_1_dynamic",
             "squeezenet1_1_fp16", "resnet18_fp16", "mobilenet_v2_qdq")


def torchvision():
    """torchvision's, from both exporters."""
    return [Architecture("torchvision", model, exporter, size)
            for model, exporters, size in TORCHVISION for exporter in exporters]


def own():
    """Those of own_nets.py, from both exporters; an old opset for the first."""
    return [Architecture("own", model, exporter, size, opset=13, channels=channels)
            for model, size, channels in OWN for exporter in BOTH]


def timm_legacy(models):
    """timm's MODELS; every third with opset 13, without HardSwish and LayerNormalization."""
    return [Architecture("timm", model, size=TIMM_SIZES.get(model, 0),
                         opset=13 if i % 3 == 0 else 17) for i, model in enumerate(models)]


def timm():
    """timm's, from both exporters."""
    return timm_legacy(TIMM) + [Architecture("timm", model, "dynamo") for model in TIMM_DYNAMO]


FAMILIES = {
    "torchvision": torchvision,
    "own": own,
    "timm": timm,
    "timm_more": lambda: timm_legacy(TIMM_MORE),
    "ultralytics": lambda: [Architecture("ultralytics", m, size=64) for m in ULTRALYTICS],
    "keras": lambda: [Architecture("keras", m, "tf2onnx", size=96) for m in KERAS],
    "quantised": lambda: [Architecture("quantised", m, size=64) for m in QUANTISED],
}
