"""The shipped networks: totals as published, and real modules that agree on every shape and count."""

from __future__ import annotations

import pytest

from solvers.certificate import certify
from solvers.network.derivations import table
from solvers.network.fields import Place
from solvers.network.library import find, shipped
from solvers.network.table import LayerTable

PARAMETERS = {
    "alexnet": 60_965_224,  # Krizhevsky et al. (2012): "60 million parameters"; with the groups, as in Caffe
    "alexnet-2014": 61_100_840,  # torchvision's documentation
    "bert-base": 109_482_240,  # Hugging Face, bert-base-uncased without a head
    "bert-large": 335_141_888,
    "dcgan-discriminator": 2_765_568,  # PyTorch's DCGAN tutorial
    "dcgan-generator": 3_576_704,
    "googlenet": 6_998_552,  # Caffe's bvlc_googlenet without the auxiliary classifiers
    "gpt-2": 124_439_808,  # Hugging Face, gpt2
    "inception-block": 163_696,  # Szegedy et al. (2014): 159K, biases aside
    "lenet-5": 61_706,
    "lenet-5-1998": 60_000,  # LeCun et al. (1998): "60,000 trainable free parameters"
    "mobilenet": 4_231_976,  # Howard et al. (2017): 4.2 million
    "resnet-18": 11_689_512,  # torchvision's documentation
    "resnet-34": 21_797_672,
    "resnet-50": 25_557_032,
    "resnet-101": 44_549_160,
    "u-net": 31_030_658,
    "vae": 652_824,  # PyTorch's example
    "vgg-11": 132_863_336,  # torchvision's documentation
    "vgg-13": 133_047_848,
    "vgg-16": 138_357_544,
    "vgg-19": 143_667_240,
    "vit-b-16": 86_567_656,
}
MILLIONS_OF_MULTIPLY_ADDS = {
    "alexnet-2014": 714,  # torchvision's documentation: 0.71 GFLOPS
    "mobilenet": 569,  # Howard et al. (2017), table 4
    "resnet-18": 1814,  # torchvision's documentation: 1.81 GFLOPS
    "resnet-34": 3664,
    "resnet-50": 4089,
    "resnet-101": 7801,
    "vgg-11": 7609,
    "vgg-16": 15470,
    "vgg-19": 19632,
    "vit-b-16": 17564,  # torchvision's documentation: 17.56 GFLOPS
}
FIELDS = {
    ("alexnet", "pool5"): 195,  # Araujo et al. (2019), table 1
    ("vgg-16", "stage5.pool"): 212,
    ("mobilenet", "block8.relu2"): 315,
    ("resnet-50", "layer4.2.relu3"): 427,  # with the stride in the 3 × 3 convolution
    ("lenet-5", "conv3"): 32,
}


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_parameters_are_those_that_were_published(name: str) -> None:
    assert LayerTable(find(name)).parameters == PARAMETERS[name]


@pytest.mark.parametrize("name", sorted(MILLIONS_OF_MULTIPLY_ADDS))
def test_multiply_adds_are_those_that_were_published(name: str) -> None:
    assert round(LayerTable(find(name)).multiply_adds / 1e6) == MILLIONS_OF_MULTIPLY_ADDS[name]


@pytest.mark.parametrize(("network", "layer"), sorted(FIELDS))
def test_receptive_fields_are_those_that_were_published(network: str, layer: str) -> None:
    found = LayerTable(find(network))
    (place,) = found.table.fields.of[layer]  # type: ignore[misc]
    assert isinstance(place, Place)
    assert found.trace[place.field] == FIELDS[network, layer]


@pytest.mark.parametrize("name", shipped())
def test_real_modules_agree_on_every_shape_and_count(name: str) -> None:
    givens = table.complete({"network": name})
    certificate = certify(table.at(givens).run(givens))
    assert certificate.agrees, certificate.reason
    assert {"params", "macs"} <= set(certificate.steps)


@pytest.mark.parametrize("name", shipped())
def test_every_network_says_what_it_is_in_both_languages(name: str) -> None:
    network = find(name)
    assert network.title.en
    assert network.title.zh
    assert network.source
    assert network.name == name
