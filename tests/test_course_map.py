"""The map of the course: a part for each lesson, under the title that the lesson has."""

import io

import numpy as np
import pytest
from PIL import Image

from deconv_helpers import conv_transpose2d, course_map
from deconv_helpers.lessons.course_map import _parts
from deconv_helpers.lessons.presets import KERNEL_A, random_digits
from deconv_helpers.scenes.drawing import figure_png
from tools.site import lessons

def test_every_lesson_is_on_the_map_under_its_title():
    pass
