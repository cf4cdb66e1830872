# Reads lines of `podglass observe -o jsonpb` from standard input as Hubble's GetFlowsResponse, and prints a complaint for each that
# Hubble would misread. Unknown fields and wrong types are the parser's to find; what its CLI makes of a well-formed line is checked
# here. Argument: the messages as a descriptor set, made by protoc.
import json
import sys

# Their descriptors must be known before messages that use them.
from google.protobuf import any_pb2, struct_pb2, timestamp_pb2, wrappers_pb2  # noqa: F401
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

LINE_LIMIT = 64 * 1024


def response_class(path):
    pool = descriptor_pool.Default()
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as file:
        files.ParseFromString(file.read())
    for file in files.file:
        pool.Add(file)
    descriptor = pool.FindMessageTypeByName("observer.GetFlowsResponse")
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def without(value, *keys):
    """The same without what protobuf may write otherwise."""
    if isinstance(value, dict):
        return {key: without(inner, *keys) for key, inner in value.items() if key not in keys}
    return [without(inner, *keys) for inner in value] if isinstance(value, list) else value


def complaints(line, response_type):
    if len(line.encode()) >= LINE_LIMIT:
        yield f"{len(line.encode())} bytes; the reader ends at {LINE_LIMIT}"
    try:
        response = json_format.Parse(line, response_type(), ignore_unknown_fields=False)
    except json_format.ParseError as error:
        yield str(error).replace("\n", " ")
        return
    # Written back it is the same: names of fields, enums by name, 64-bit integers as strings, no field that is zero.
    written = without(json_format.MessageToDict(response, preserving_proto_field_name=True), "time")
    given = without(json.loads(line), "time")
    # A drop whose reason Hubble has no word for says so, though it is the enum's zero.
    if given.get("flow", {}).get("drop_reason_desc") == "DROP_REASON_UNKNOWN":
        del given["flow"]["drop_reason_desc"]
    if written != given:
        yield f"protobuf writes it otherwise: {json.dumps(written)}"
    if not response.HasField("time") or not response.node_name:
        yield "no time or no node_name beside the flow"
    if response.HasField("lost_events"):
        if not response.lost_events.num_events_lost or not response.lost_events.source:
            yield "lost_events without number or source"
        return
    flow = response.flow
    if not response.HasField("flow") or not flow.HasField("time") or flow.time != response.time:
        yield "the flow's time is not the response's"
    if not flow.HasField("is_reply"):
        yield "is_reply is absent: the arrow is <>"
    kind = flow.event_type.type
    # What Hubble has no class for is named in the extensions, and judges no packet.
    is_anomaly = '"event":"anomaly-' in line
    if kind not in ((0,) if is_anomaly else (1, 4, 129)):
        yield f"event type {kind}"
    if is_anomaly and (flow.verdict or flow.Type or not flow.Summary):
        yield "an anomaly with a verdict or a type, or without a sentence"
    if (flow.verdict == 2) != (kind == 1):
        yield f"verdict {flow.verdict} with event type {kind}"
    if kind == 1 and (flow.event_type.sub_type == 0 or "drop_reason_desc" not in line):
        yield "prints Success DROPPED"
    if kind == 4 and (flow.event_type.sub_type == 3) != (flow.trace_observation_point == 3):
        yield "two observation points"
    if (kind == 129) != flow.HasField("l7") or (flow.Type == 2) != flow.HasField("l7"):
        yield "L7 by one field and not by another"
    if flow.HasField("l7") and flow.is_reply.value != (flow.l7.type == 2):
        yield "a response that is no reply, or a reply that is none"
    if flow.extensions.type_url != "type.googleapis.com/google.protobuf.Struct":
        yield f"extensions of type {flow.extensions.type_url}: the CLI loses the line"


def main():
    response_type = response_class(sys.argv[1])
    lines = sys.stdin.buffer.read().decode("utf-8").split("\n")
    if lines.pop() != "":
        print("the last line has no end")
    for number, line in enumerate(lines, 1):
        for complaint in complaints(line, response_type):
            print(f"line {number}: {complaint}: {line[:200]}")


main()
