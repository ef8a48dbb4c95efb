# Objects, dictionaries, closures and exceptions, without an import, so that the interpreter's own part stays small.
class Node:
    def __init__(self, key, value):
        self.key, self.value, self.left, self.right = key, value, None, None

def insert(node, key, value):
    if node is None:
        return Node(key, value)
    if key < node.key:
        node.left = insert(node.left, key, value)
    elif key > node.key:
        node.right = insert(node.right, key, value)
    else:
        node.value += value
    return node

def walk(node):
    if node is not None:
        yield from walk(node.left)
        yield node.key, node.value
        yield from walk(node.right)

seed = 99
def random(n):
    global seed
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed // 65536 % n

tree = None
for i in range(900):
    tree = insert(tree, "key %d" % random(300), [i])
index = {}
for key, values in walk(tree):
    index.setdefault(len(values), []).append((key, tuple(values)))
text = "\n".join("%d: %s" % (n, ", ".join(k for k, v in index[n])) for n in sorted(index))
def parse(line):
    number, names = line.split(": ", 1)
    if int(number) > 5:
        raise ValueError(line)
    return {name: number * 3 for name in names.split(", ")}
parsed = []
for line in text.split("\n"):
    try:
        parsed.append(parse(line))
    except ValueError as error:
        parsed.append({"rejected": str(error)})
print(len(text), len(parsed), sum(len(p) for p in parsed))
