"""Three tensors that share so many indices of extent 10."""

import json
import sys

names = [f"i{number}" for number in range(int(sys.argv[1]))]
print(json.dumps({"inputs": [names] * 3, "output": [], "size_dict": dict.fromkeys(names, 10)}))
