# The stub, for x86-64: runs a list of entries, each one a system call, without touching a stack, a library or
# any memory but the entries. Stub.java holds the assembled bytes and documents an entry; a test compares the two.
#
# Entry: 0 number, 8 arguments[6], 56 result, 64 modes[6], 72 match, 80 on match, 88 on tolerated error,
#        96 tolerated errnos (a set of 192 bits), 120 begin, 128 end. 144 bytes each.

        .intel_syntax noprefix
        .set    ENTRY, 144

        .macro  ticks slot              # the time-stamp counter, 64 bits
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        mov     [rbx+\slot], rax
        .endm

        .macro  argument i, wide, narrow
        mov     \wide, [rbx+8+8*\i]
        cmp     byte ptr [rbx+64+\i], 1
        jb      2f                      # 0: the value itself
        je      1f
        mov     \narrow, [\wide]        # 2: the 32 bits at that address
        jmp     2f
1:      mov     \wide, [\wide]          # 1: the 64 bits at that address
2:
        .endm

# long run(struct entry *first)
run:    push    rbx
        mov     rbx, rdi
next:   ticks   120
        argument 0, rdi, edi
        argument 1, rsi, esi
        argument 2, rdx, edx
        argument 3, r10, r10d
        argument 4, r8, r8d
        argument 5, r9, r9d
        mov     rax, [rbx]
        test    rax, rax
        js      special
        syscall
done:   mov     rcx, rax
        mov     rax, [rbx+80]
        test    rax, rax
        jz      store
        cmp     rcx, [rbx+72]           # a match is not stored: both sides of a clone come by here
        je      jump
store:  mov     [rbx+56], rcx
        ticks   128
        cmp     rcx, -4095
        jae     failed
follow: add     rbx, ENTRY
        jmp     next
jump:   mov     rbx, rax
        jmp     next

failed: neg     rcx
        cmp     rcx, 192
        jae     give_up
        bt      [rbx+96], rcx
        jnc     give_up
        mov     rax, [rbx+88]
        test    rax, rax
        jz      follow
        jmp     jump
give_up:
        mov     edi, 125
        mov     eax, 231                # exit_group
        syscall
        hlt

special:                                # see Operation.Special
        inc     rax
        jz      minus                   # -1
        inc     rax
        jz      return                  # -2
        inc     rax
        jz      thread                  # -3
        inc     rax
        jz      put                     # -4
        xor     eax, eax                # -5
        cmp     rdi, rsi
        setge   al
        jmp     done
minus:  mov     rax, rdi
        sub     rax, rsi
        jmp     done
return: mov     rax, rdi
        pop     rbx
        ret
thread: mov     rax, fs:0
        jmp     done
put:    mov     [rsi], rdi
        xor     eax, eax
        jmp     done

# void signal(int number): writes the number to a pipe, so that a Java thread can read it
signal: push    rdi
        mov     rsi, rsp
        mov     edi, [rip+pipe]
        mov     edx, 8
        mov     eax, 1                  # write
        syscall
        pop     rdi
        ret
restore:
        mov     eax, 15                 # rt_sigreturn
        syscall
        .balign 8
pipe:   .quad   -1
