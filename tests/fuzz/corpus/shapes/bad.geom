badb/min_fs = 2
badb/max_fs = 4
badb/min_ss = 0
badb/max_ss = 9
badc/min_x = -3
