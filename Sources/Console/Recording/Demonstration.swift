// The recording that ships inside the program: a real run of the laboratory.

import CDemo

enum Demonstration {
    static var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: podglass_demo_bytes(), count: podglass_demo_length())
    }
}
