import type { Attribute, Graph, Node, Tensor, ValueInfo } from './model.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';
import { optionalText, unwritable } from './write-fields.ts';
import { writeSparseTensor, writeTensor } from './write-tensor.ts';
import { writeValueInfo } from './write-value.ts';

/** Field numbers of GraphProto, NodeProto and AttributeProto. */
const GRAPH = {
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  sparseInitializer: 15,
} as const;
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = { name: 1, type: 20 } as const;
/** AttributeProto: the field that holds the value, and the number of its type. */
const ATTRIBUTE_VALUE = {
  float: { field: 2, type: 1 },
  int: { field: 3, type: 2 },
  string: { field: 4, type: 3 },
  tensor: { field: 5, type: 4 },
  graph: { field: 6, type: 5 },
  floats: { field: 7, type: 6 },
  ints: { field: 8, type: 7 },
  strings: { field: 9, type: 8 },
  tensors: { field: 10, type: 9 },
  graphs: { field: 11, type: 10 },
} as const;

export function writeGraph(writer: ProtobufWriter, graph: Graph): void {
  if (graph.sparseInitializers.length > 0) throw unwritable('sparse initializers');
  for (const node of graph.nodes) {
    writer.message(GRAPH.node, (child) => {
      writeNode(child, node);
    });
  }
  optionalText(writer, GRAPH.name, graph.name);
  for (const tensor of graph.initializers) {
    writer.message(GRAPH.initializer, (child) => {
      writeTensor(child, tensor);
    });
  }
  for (const sparse of graph.sparseInitializers) {
    writer.message(GRAPH.sparseInitializer, (child) => {
      writeSparseTensor(child, sparse);
    });
  }
  const values: readonly (readonly [number, readonly ValueInfo[]])[] = [
    [GRAPH.input, graph.inputs],
    [GRAPH.output, graph.outputs],
    [GRAPH.valueInfo, graph.valueInfo],
  ];
  for (const [field, infos] of values) {
    for (const info of infos) {
      writer.message(field, (child) => {
        writeValueInfo(child, info);
      });
    }
  }
}

function writeNode(writer: ProtobufWriter, node: Node): void {
  for (const input of node.inputs) writer.text(NODE.input, input);
  for (const output of node.outputs) writer.text(NODE.output, output);
  optionalText(writer, NODE.name, node.name);
  writer.text(NODE.opType, node.opType);
  for (const [name, attribute] of node.attributes) {
    writer.message(NODE.attribute, (child) => {
      child.text(ATTRIBUTE.name, name);
      writeAttributeValue(child, name, attribute);
    });
  }
  optionalText(writer, NODE.domain, node.domain);
}

function writeAttributeValue(writer: ProtobufWriter, name: string, attribute: Attribute): void {
  if (attribute.type === 'reference' || attribute.type === 'other') {
    throw unwritable(`the attribute '${name}'`);
  }
  const { field, type } = ATTRIBUTE_VALUE[attribute.type];
  const tensor = (value: Tensor) => {
    writer.message(field, (child) => {
      writeTensor(child, value);
    });
  };
  const graph = (value: Graph) => {
    writer.message(field, (child) => {
      writeGraph(child, value);
    });
  };
  switch (attribute.type) {
    case 'float':
      writer.float(field, attribute.value);
      break;
    case 'int':
      writer.integer(field, attribute.value);
      break;
    case 'string':
      writer.text(field, attribute.value);
      break;
    case 'tensor':
      tensor(attribute.value);
      break;
    case 'graph':
      graph(attribute.value);
      break;
    case 'floats':
      for (const value of attribute.value) writer.float(field, value);
      break;
    case 'ints':
      for (const value of attribute.value) writer.integer(field, value);
      break;
    case 'strings':
      for (const value of attribute.value) writer.text(field, value);
      break;
    case 'tensors':
      attribute.value.forEach(tensor);
      break;
    case 'graphs':
      attribute.value.forEach(graph);
      break;
  }
  writer.integer(ATTRIBUTE.type, type);
}
