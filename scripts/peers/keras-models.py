"""Model files that the tests of the linter read: sound-* must pass, bad-* must be found."""

import json
import os
import sys

import h5py
import keras
import numpy as np
from keras import layers

os.chdir(sys.argv[1])
keras.utils.set_random_seed(1)


@keras.saving.register_keras_serializable(package="shop")
class Scale(layers.Layer):
    def call(self, x):
        return x * 2


def models():
    yield "dense", keras.Sequential([layers.Input((4,)), layers.Dense(3, activation="relu")])
    yield "convolution", keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(2, 3, kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.5),
            layers.Dense(2, activation="softmax"),
        ]
    )
    first, second = keras.Input((3,)), keras.Input((3,))
    joined = layers.Concatenate()([layers.Dense(2)(first), layers.Activation("gelu")(second)])
    yield "functional", keras.Model([first, second], keras.ops.tanh(joined))
    inner = keras.Sequential([layers.Input((4,)), layers.Dense(4)])
    yield "nested", keras.Sequential([layers.Input((4,)), inner, layers.LeakyReLU()])
    yield "recurrent", keras.Sequential(
        [layers.Input((5, 3)), layers.Bidirectional(layers.LSTM(2)), layers.LayerNormalization()]
    )


for name, model in models():
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    model.save(f"sound-{name}.keras")
    model.save(f"sound-{name}.h5")
    model.save_weights(f"sound-{name}.weights.h5")

keras.Sequential([layers.Input((4,)), Scale()]).save("custom.keras")
code = keras.Sequential([layers.Input((4,)), layers.Lambda(lambda x: x * 2)])
code.save("bad-lambda.keras")
code.save("bad-lambda.h5")


def structures(name, **options):
    """Every structure of HDF5 that the reader knows, as HDF5's own library writes it."""
    with h5py.File(name, "w", **options) as file:
        layer = {"class_name": "Dense", "config": {"name": "dense"}}
        config = {"class_name": "Sequential", "config": {"layers": [layer] * 20}}
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["fixed"] = np.bytes_(b"hello")
        file.attrs["names"] = np.array([b"a", b"bcd"])
        file.attrs["words"] = np.array(["x", "yy"], dtype=h5py.string_dtype())
        file.attrs["nothing"] = h5py.Empty("f")
        for index in range(12):
            file.attrs[f"attribute{index}"] = index
        many = file.create_group("many")
        for index in range(40):
            many.create_dataset(f"w{index}", data=np.float32(index))
        file["again"] = many
        many["circle"] = file["/"]
        file["soft"] = h5py.SoftLink("/again/w1")
        values = np.arange(100.0).reshape(10, 10)
        file.create_dataset("packed", data=values, chunks=(5, 5), compression="gzip", shuffle=True)
        file.create_dataset("plain", data=values, chunks=(5, 3))
        file.create_dataset("single", data=values, chunks=(10, 10), compression="gzip")
        file.create_dataset("pages", data=np.zeros(1100, "u1"), chunks=(1,))
        file.create_dataset("growing", data=values, maxshape=(None, None), chunks=(5, 5))
        file.create_dataset("scalar", data=1.0)
        file.create_dataset("empty", data=h5py.Empty("f4"))
        file.create_dataset("never", shape=(1000,), dtype="f4")
        file.create_dataset("strings", data=["ab", "c"], dtype=h5py.string_dtype())
        file["type"] = np.dtype("f4")
        file.create_dataset("committed", data=np.ones(3), dtype=file["type"])


structures("sound-earliest.h5", libver="earliest")
structures("sound-latest.h5", libver="latest")
structures("sound-user-block.h5", userblock_size=1024)

with h5py.File("bad-elsewhere.h5", "w") as file:
    file["link"] = h5py.ExternalLink("other.h5", "/weights")
    file["lost"] = h5py.SoftLink("/nowhere")
    file["circle"] = h5py.SoftLink("/circle")
    file.create_dataset("raw", shape=(4,), dtype="f4", external=[("raw.bin", 0, 16)])
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("source.h5", "data", shape=(4,))
    file.create_virtual_dataset("virtual", layout)
