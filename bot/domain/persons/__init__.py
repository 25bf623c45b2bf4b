"""Who somebody is: reached, bound to a roster's line, vouched for, represented, forgotten at their wish."""
