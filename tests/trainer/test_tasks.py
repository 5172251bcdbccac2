"""Data of the tasks, fitted to a document's input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset, TensorDataset

from archlab.document.diagnostics import ArchlabError
from archlab.document.feature_map import FeatureMap
from archlab.trainer import available_tasks, from_dataset
from archlab.trainer.choosing import as_task
from archlab.trainer.data import batches, size, training_batches
from archlab.trainer.metrics import Metric
from archlab.trainer.tasks.shapes import scene


def image(channels: int, *axes: int) -> FeatureMap:
    return FeatureMap(channels=channels, size=axes)


def test_every_task_says_what_it_is():
    tasks = available_tasks()
    assert {"digits", "shapes"} <= tasks.keys()
    for name, task in tasks.items():
        assert task.name == name
        assert task.title
        assert task.source
        assert 10 < len(task.description) < 80


@pytest.mark.parametrize("name", list(available_tasks()))
@pytest.mark.parametrize("axes", [(16, 24), (3, 16, 16), (1, 16, 16)])
def test_samples_have_the_shape_of_the_input(name, axes):
    given = image(2, *axes)
    task = available_tasks()[name]
    data = task.data(given)
    pixels, target = next(batches(data.test, 4))
    assert tuple(pixels.shape) == given.shape(4)
    assert pixels.dtype == torch.float32
    assert tuple(target.shape) == ((4,) if task.kind == "classify" else (4, *axes))
    assert target.dtype == torch.int64
    assert int(target.max()) < len(data.classes)
    assert "not generalisation" in data.note


def test_digits_are_split_by_class_without_overlap():
    data = available_tasks()["digits"].data(image(1, 8, 8))
    assert (size(data.train), size(data.test)) == (1438, 359)
    counts = np.bincount([int(target) for _, target in data.test])
    assert counts.min() >= 34
    assert counts.max() <= 37
    train = {sample[0].numpy().tobytes() for sample in data.train}
    assert sum(sample[0].numpy().tobytes() in train for sample in data.test) == 0


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    data = available_tasks()["digits"].data(image(1, 8, 8))
    original = {
        (x / 8 - 1).astype(np.float32).tobytes(): int(y) for x, y in zip(*load_digits(return_X_y=True), strict=True)
    }
    for pixels, target in (data.train[0], data.test[7]):
        assert original[pixels.numpy().tobytes()] == int(target)


def test_digit_channels_and_frames_repeat_the_image():
    pixels, _ = available_tasks()["digits"].data(image(3, 4, 16, 16)).test[0]
    assert torch.equal(pixels, pixels[:1, :1].expand_as(pixels))


def test_scenes_are_the_same_every_time_and_differ_by_number():
    first, again, other = scene(image(1, 32, 32), 5), scene(image(1, 32, 32), 5), scene(image(1, 32, 32), 6)
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_shapes_move_through_the_frames():
    _, target = scene(image(1, 4, 32, 32), 0)
    assert not np.array_equal(target[0], target[3])


def test_all_shape_classes_occur():
    _, target = next(batches(available_tasks()["shapes"].data(image(1, 32, 32)).test, 32))
    assert torch.bincount(target.flatten()).min() > 200


def test_shapes_refuses_a_tiny_input_and_names_a_larger_one():
    with pytest.raises(ValueError, match=r'8x8.*1x4x4.*with_input\("1x32x32"\)'):
        available_tasks()["shapes"].data(image(1, 4, 4))


def test_training_batches_are_seeded_and_reshuffled():
    dataset = TensorDataset(torch.arange(10.0), torch.arange(10))

    def epochs(seed):
        stream = training_batches(dataset, 5, seed)
        return [next(stream)[1].tolist() for _ in range(4)]

    assert epochs(0) == epochs(0)
    assert epochs(0) != epochs(1)
    first, second = epochs(0)[:2], epochs(0)[2:]
    assert first != second
    assert sorted([*first[0], *first[1]]) == list(range(10))


def test_a_name_that_is_no_task_is_corrected():
    with pytest.raises(ArchlabError, match=r'no task "digit"\. Did you mean "digits"\?'):
        as_task("digit")


class Pairs(Dataset):
    """uint8 images and Python integers, as a torchvision dataset without a transform gives after conversion."""

    classes = ["cat", "dog", "bird"]

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return np.full((3, 8, 8), 255, dtype=np.uint8), index % 3


def test_own_dataset_with_class_names():
    task = from_dataset(Pairs())
    data = task.data(image(3, 8, 8))
    assert task.kind == "classify"
    assert data.classes == ("cat", "dog", "bird")
    assert (size(data.train), size(data.test)) == (8, 2)
    assert "2 of 10 samples are held out" in data.note
    assert float(data.train[0][0].max()) == 1.0


def test_own_dense_dataset_counts_its_classes():
    dataset = TensorDataset(torch.zeros(6, 1, 8, 8), torch.randint(0, 3, (6, 8, 8)).fill_(2))
    task = from_dataset(dataset, test=dataset)
    data = task.data(image(1, 8, 8))
    assert task.kind == "dense"
    assert data.classes == ("0", "1", "2")
    assert size(data.test) == 6


def test_own_dataset_of_another_size_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match=r'3x8x8.*1x16x16.*with_input\("3x8x8"\)'):
        from_dataset(Pairs()).data(image(1, 16, 16))


@pytest.mark.parametrize("thing", [42, iter([1, 2])])
def test_what_is_no_dataset_is_refused(thing):
    with pytest.raises(TypeError, match="torch Dataset with __len__ and __getitem__"):
        as_task(thing)


def test_samples_that_are_no_pairs_are_refused():
    with pytest.raises(TypeError, match=r"\(image, target\) pairs"):
        from_dataset([torch.zeros(1, 8, 8), torch.zeros(1, 8, 8)])


def test_a_target_that_is_no_class_number_is_refused():
    with pytest.raises(TypeError, match=r"class number.*sample 0 is torch\.float32"):
        from_dataset(TensorDataset(torch.zeros(4, 1, 8, 8), torch.zeros(4)))


@pytest.mark.parametrize("target", [3, -1])
def test_a_class_too_many_is_named(target):
    targets = torch.tensor([0, 1, 2, target])
    data = from_dataset(TensorDataset(torch.zeros(4, 1, 8, 8), targets), classes=3).data(image(1, 8, 8))
    with pytest.raises(ValueError, match=f"Sample 3 has class {target}; the task has 3 classes, 0 to 2"):
        assert [*data.train, *data.test]


def test_uncounted_pixels_are_allowed():
    maps = torch.tensor([[0, 1], [-100, -100]]).expand(4, 2, 2)
    data = from_dataset(TensorDataset(torch.zeros(4, 1, 2, 2), maps)).data(image(1, 2, 2))
    assert data.classes == ("0", "1")
    assert int(data.test[0][1].min()) == -100


def test_accuracy():
    metric = Metric("classify", ("a", "b"), 2)
    metric.update(torch.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0]]), torch.tensor([0, 1, 1]))
    assert metric.result() == {"accuracy": pytest.approx(2 / 3)}


def test_iou_per_class_leaves_out_what_does_not_occur_or_count():
    output = torch.zeros(1, 4, 1, 5)
    for pixel, predicted in enumerate([0, 0, 1, 1, 1]):
        output[0, predicted, 0, pixel] = 1
    metric = Metric("dense", ("sky", "sea", "land"), 4)
    metric.update(output, torch.tensor([[[0, 1, 1, 1, -100]]]))
    expected = {"iou_sky": 1 / 2, "iou_sea": 2 / 3, "iou": (1 / 2 + 2 / 3) / 2}
    assert metric.result() == {k: pytest.approx(v) for k, v in expected.items()}
