# Drives a container runtime through its CRI socket as the kubelet does. The messages are cri.proto's, compiled by protoc.
# Arguments: the socket, the messages as a descriptor set, then one command:
#   run POD       starts a sandbox and its containers; POD is a file of JSON, see ContainerRuntime+Pods.swift
#   add POD ID    starts the containers of POD in the running sandbox ID, as an ephemeral container is
#   stop ID       ends the container ID; its sandbox goes on
#   remove ID     ends and forgets the sandbox ID with all that is in it
# Prints one line of JSON.
import json
import os
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

PATIENCE_SECONDS = 20


class Runtime:
    def __init__(self, socket, descriptors):
        self.pool = descriptor_pool.Default()
        files = descriptor_pb2.FileDescriptorSet()
        with open(descriptors, "rb") as file:
            files.ParseFromString(file.read())
        for file in files.file:
            self.pool.Add(file)
        self.channel = grpc.insecure_channel("unix://" + socket)

    def message(self, name):
        descriptor = self.pool.FindMessageTypeByName("runtime.v1." + name)
        if hasattr(message_factory, "GetMessageClass"):
            return message_factory.GetMessageClass(descriptor)
        return message_factory.MessageFactory(self.pool).GetPrototype(descriptor)

    def call(self, method, **request):
        """One call; a name that the messages do not have is an error."""
        call = self.channel.unary_unary(
            "/runtime.v1.RuntimeService/" + method,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self.message(method + "Response").FromString,
        )
        message = json_format.ParseDict(request, self.message(method + "Request")())
        return call(message, timeout=PATIENCE_SECONDS, wait_for_ready=True)


def start_containers(runtime, pod, sandbox):
    """Creates and starts each, then links its log, in the kubelet's order."""
    config = pod["sandbox"]
    metadata = config["metadata"]
    started = {}
    for container in pod["containers"]:
        created = runtime.call("CreateContainer", pod_sandbox_id=sandbox, config=container, sandbox_config=config)
        runtime.call("StartContainer", container_id=created.container_id)
        name = container["metadata"]["name"]
        link = f"{metadata['name']}_{metadata['namespace']}_{name}-{created.container_id}.log"
        os.symlink(f"{config['log_directory']}/{container['log_path']}", f"{pod['log_links']}/{link}")
        started[name] = created.container_id
    return started


def main():
    socket, descriptors, command, *arguments = sys.argv[1:]
    runtime = Runtime(socket, descriptors)
    answer = {}
    if command == "run":
        with open(arguments[0], encoding="utf-8") as file:
            pod = json.load(file)
        sandbox = runtime.call("RunPodSandbox", config=pod["sandbox"]).pod_sandbox_id
        answer["sandbox"] = sandbox
        answer["address"] = runtime.call("PodSandboxStatus", pod_sandbox_id=sandbox).status.network.ip
        answer["containers"] = start_containers(runtime, pod, sandbox)
    elif command == "add":
        with open(arguments[0], encoding="utf-8") as file:
            answer["containers"] = start_containers(runtime, json.load(file), arguments[1])
    elif command == "stop":
        runtime.call("StopContainer", container_id=arguments[0])
    elif command == "remove":
        runtime.call("StopPodSandbox", pod_sandbox_id=arguments[0])
        runtime.call("RemovePodSandbox", pod_sandbox_id=arguments[0])
    else:
        sys.exit(f"drive-pods.py: there is no command {command}")
    print(json.dumps(answer))


try:
    main()
except grpc.RpcError as error:
    sys.exit(f"drive-pods.py: {error.code().name}: {error.details()}")
