"""What moves the answer: inputs alone, two at a time, all together, and the value at which a decision turns."""

from .decision_map import decision_map as decision_map
from .discounts import price_grid as price_grid
from .one_way import one_way as one_way
from .prices import decision_thresholds as decision_thresholds
from .sobol import global_sensitivity as global_sensitivity
from .sobol import sobol as sobol
from .threshold import threshold as threshold
from .threshold import value_based_price as value_based_price
from .two_way import two_way as two_way
